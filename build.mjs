// Builds dist/: the command line (cli.js, which starts main.js), the worker of the CPU engine, and the library for Node.
import { rm } from "node:fs/promises";
import { build } from "esbuild";
import { esbuildPlugin } from "./scripts/build/wgsl.mjs";

await rm("dist", { recursive: true, force: true });
await build({
  entryPoints: { cli: "src/cli/cli.ts", main: "src/cli/main.ts", worker: "src/worker.ts", node: "src/node.ts" },
  outdir: "dist",
  bundle: true,
  splitting: true,
  platform: "node",
  format: "esm",
  target: "node20",
  external: ["webgpu"],
  plugins: [esbuildPlugin],
  // Some dependencies are CommonJS and call require for Node's own modules.
  banner: { js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);' },
  legalComments: "none",
  logLevel: "warning",
});
