// Builds the lab, the browser app: static files with relative addresses, which any host can serve.
import { copyFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { barePlugin } from "./wgsl.mjs";

/** Puts something small in place of a file of a package. */
const replaced = (name, filter, contents, loader = "js") => ({
  name,
  setup: (build) => build.onLoad({ filter }, async ({ path }) => ({ contents: await contents(path), loader })),
});

/** What the page needs little of, or nothing. */
const replacements = [
  // The statistics' special functions try by eval whether there are generators, which the page's policy refuses and reports: there are.
  replaced("generators", /assert-has-generator-support[/\\]lib[/\\]index\.js$/, () => "module.exports = () => true;"),
  // They also log what they do where they are debugged, and format errors of arguments that are never wrong.
  replaced("debug", /node_modules[/\\]debug[/\\]src[/\\]\w+\.js$/, () => "module.exports = () => () => {};"),
  replaced("format", /@stdlib[/\\](string-format|error-tools-fmtprodmsg)[/\\]lib[/\\]index\.js$/, () => "module.exports = (text) => text;"),
  // Each schema of zod can tell itself as a JSON Schema, which the command line prints and the page does not.
  replaced("json-schema", /zod[/\\]v4[/\\]core[/\\](json-schema-processors|to-json-schema)\.js$/, async (path) =>
    [...(await readFile(path, "utf8")).matchAll(/^export (?:const|function|class) (\w+)/gm)]
      .map(([, name]) => `export const ${name} = () => () => {};`)
      .join("\n"),
  ),
  // Of the manifest the page says the version.
  replaced(
    "version",
    /[/\\]package\.json$/,
    async (path) => JSON.stringify({ version: JSON.parse(await readFile(path, "utf8")).version }),
    "json",
  ),
];

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
    plugins: [barePlugin, ...replacements],
    legalComments: "none",
    logLevel: "warning",
  });
  for (const file of ["index.html", "icon.svg", "preview.png"]) await copyFile(join("src/lab", file), join(outdir, file));
  return built;
}
