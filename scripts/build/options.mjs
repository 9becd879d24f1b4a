// What the build of dist/ and of the programs under scripts/ have in common.
import { esbuildPlugin } from "./wgsl.mjs";

export const options = {
  bundle: true,
  splitting: true,
  platform: "node",
  format: "esm",
  target: "node20",
  external: ["webgpu", "@resvg/resvg-js", "linkedom", "apache-arrow"],
  plugins: [esbuildPlugin],
  // Some dependencies are CommonJS and call require for Node's own modules.
  banner: { js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);' },
  // Where a program does not catch an error, Node prints the line that threw it.
  lineLimit: 160,
  legalComments: "none",
  logLevel: "warning",
};
