// Runs one of the TypeScript programs under scripts/:   npm run script -- NAME [ARGUMENTS…]
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { esbuildPlugin } from "./build/wgsl.mjs";

const [name, ...args] = process.argv.slice(2);
const root = fileURLToPath(new URL("../", import.meta.url));
const outdir = `${root}node_modules/.cache/sinkflow-scripts`;
mkdirSync(outdir, { recursive: true });
await build({
  entryPoints: { script: `${root}scripts/${name}.ts`, worker: `${root}src/worker.ts` },
  outdir,
  bundle: true,
  splitting: true,
  platform: "node",
  format: "esm",
  target: "node20",
  external: ["webgpu"],
  plugins: [esbuildPlugin],
  banner: { js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);' },
  logLevel: "error",
});
process.exit(spawnSync(process.execPath, [`${outdir}/script.js`, ...args], { stdio: "inherit" }).status ?? 1);
