// Builds the lab, the browser app: static files with relative addresses, which any host can serve.
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { barePlugin } from "./wgsl.mjs";

/** The statistics' special functions try by eval whether there are generators, which the page's policy refuses and reports: there are. */
const generators = {
  name: "generators",
  setup(build) {
    build.onLoad({ filter: /assert-has-generator-support[/\\]lib[/\\]index\.js$/ }, () => ({ contents: "module.exports = () => true;" }));
  },
};

/** @param {string} outdir */
export async function buildLab(outdir) {
  await build({
    entryPoints: { main: "src/lab/main.tsx", compute: "src/lab/compute.ts", reference: "src/lab/reference.ts", lab: "src/lab/lab.css" },
    outdir,
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    target: "es2023",
    jsx: "automatic",
    jsxImportSource: "preact",
    loader: { ".wgsl": "text" },
    plugins: [barePlugin, generators],
    legalComments: "none",
    logLevel: "warning",
  });
  for (const file of ["index.html", "icon.svg"]) await copyFile(join("src/lab", file), join(outdir, file));
}
