// Runs one of the TypeScript programs under scripts/:   npm run script -- NAME [ARGUMENTS…]
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { options } from "./build/options.mjs";

const [name, ...args] = process.argv.slice(2);
const root = fileURLToPath(new URL("../", import.meta.url));
const outdir = `${root}node_modules/.cache/sinkflow-scripts`;
await build({
  ...options,
  external: [...options.external, "typescript"],
  entryPoints: { script: `${root}scripts/${name}.ts`, worker: `${root}src/worker.ts`, encoder: `${root}src/encoder.ts` },
  outdir,
});
process.exit(spawnSync(process.execPath, [`${outdir}/script.js`, ...args], { stdio: "inherit" }).status ?? 1);
