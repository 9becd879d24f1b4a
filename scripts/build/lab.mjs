// Builds the lab, the browser app: static files with relative addresses, which any host can serve.
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { replacements } from "./replacements.mjs";
import { labPlugin } from "./wgsl.mjs";

/** @param {string} outdir @returns {Promise<{ metafile: object }>} */
export async function buildLab(outdir) {
  const built = await build({
    entryPoints: { main: "src/lab/main.tsx", compute: "src/lab/compute.ts", reference: "src/lab/reference.ts", lab: "src/lab/lab.css" },
    outdir,
    bundle: true,
    metafile: true,
    splitting: true,
    minify: true,
    format: "esm",
    target: "es2023",
    jsx: "automatic",
    jsxImportSource: "preact",
    loader: { ".wgsl": "text" },
    plugins: [labPlugin, ...replacements],
    legalComments: "none",
    logLevel: "warning",
  });
  for (const file of ["index.html", "icon.svg", "preview.png"]) await copyFile(join("src/lab", file), join(outdir, file));
  return built;
}
