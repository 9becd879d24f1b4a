// Builds the library for browsers: an ES module with all that it needs, and one for Arrow tables.
import { build } from "esbuild";
import { replacements, silence } from "./replacements.mjs";
import { barePlugin } from "./wgsl.mjs";

/** @param {string} outdir */
export const buildLibrary = (outdir) =>
  build({
    entryPoints: { index: "src/index.ts", arrow: "src/arrow.ts" },
    outdir,
    external: ["apache-arrow"],
    bundle: true,
    metafile: true,
    splitting: true,
    minify: true,
    format: "esm",
    target: "es2023",
    plugins: [barePlugin, ...replacements, silence],
    legalComments: "none",
    logLevel: "warning",
  });
