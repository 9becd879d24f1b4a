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
  legalComments: "none",
  logLevel: "warning",
};
