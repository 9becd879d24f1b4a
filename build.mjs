// Builds dist/: the lab (lab/), the command line (cli.js, which starts main.js), the library (indexNode.js and arrowNode.js for Node, index.js and
// arrow.js for browsers), the threads and processes that they start, and the licences of what is built in (licenses.txt).
import { cp, rename, rm } from "node:fs/promises";
import { build } from "esbuild";
import { buildLab } from "./scripts/build/lab.mjs";
import { buildLibrary } from "./scripts/build/library.mjs";
import { writeLicenses } from "./scripts/build/licenses.mjs";
import { options } from "./scripts/build/options.mjs";
import { linesPlugin } from "./scripts/build/wgsl.mjs";

// Beside what there is, which serves until all of this stands.
const out = "dist.new";
await rm(out, { recursive: true, force: true });
const main = await build({
  ...options,
  plugins: [linesPlugin],
  metafile: true,
  entryPoints: [
    ...["cli/cli", "cli/main", "worker", "encoder", "indexNode", "engineProcess"].map((name) => ({
      in: `src/${name}.ts`,
      out: name.replace(/.*\//, ""),
    })),
    { in: "src/arrow.ts", out: "arrowNode" },
  ],
  outdir: out,
  minify: true,
});
const lab = await buildLab(`${out}/lab`);
const library = await buildLibrary(out);
writeLicenses(
  [main, lab, library].map(({ metafile }) => metafile),
  `${out}/licenses.txt`,
);
// What `bench --peers` compiles or interprets.
await cp("scripts/bench/peers", `${out}/peers`, { recursive: true, filter: (path) => !path.includes("__pycache__") });
await rm("dist", { recursive: true, force: true });
await rename(out, "dist");
