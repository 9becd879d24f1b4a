// Builds dist/: the lab (lab/), the command line (cli.js, which starts main.js), the threads of the CPU engine and of the tables, and the library for Node.
import { copyFile, cp, rename, rm } from "node:fs/promises";
import { build } from "esbuild";
import { buildLab } from "./scripts/build/lab.mjs";
import { options } from "./scripts/build/options.mjs";

// Beside what there is, which serves until all of this stands.
const out = "dist.new";
await rm(out, { recursive: true, force: true });
await build({
  ...options,
  entryPoints: {
    cli: "src/cli/cli.ts",
    main: "src/cli/main.ts",
    worker: "src/worker.ts",
    writer: "src/writer.ts",
    encoder: "src/encoder.ts",
    node: "src/node.ts",
  },
  outdir: out,
});
await buildLab(`${out}/lab`);
// What pictures are lettered with where no font can be counted on.
await copyFile("node_modules/dejavu-fonts-ttf/ttf/DejaVuSans.ttf", `${out}/DejaVuSans.ttf`);
// What `bench --peers` compiles or interprets.
await cp("scripts/bench/peers", `${out}/peers`, { recursive: true, filter: (path) => !path.includes("__pycache__") });
await rm("dist", { recursive: true, force: true });
await rename(out, "dist");
