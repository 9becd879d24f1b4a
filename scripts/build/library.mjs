// Builds the library for browsers: one ES module, with all that it needs.
import { build } from "esbuild";
import { barePlugin } from "./wgsl.mjs";

/** @param {string} outdir */
export const buildLibrary = (outdir) =>
  build({
    entryPoints: { index: "src/index.ts" },
    outdir,
    bundle: true,
    metafile: true,
    minify: true,
    format: "esm",
    target: "es2023",
    plugins: [barePlugin],
    legalComments: "none",
    logLevel: "warning",
  });
