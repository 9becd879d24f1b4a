// Builds the lab, the browser app: static files with relative addresses, which any host can serve.
import { copyFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { labPlugin } from "./wgsl.mjs";

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
  // What zod keeps of objects that hold themselves, which no address does; zod/mini is without it too.
  replaced("memoizer", /zod[/\\]v4[/\\]core[/\\]memoizer\.js$/, async (path) =>
    [...(await readFile(path, "utf8")).matchAll(/^export (?:const|function) (\w+)/gm)]
      .map(([, name]) => `export const ${name} = () => undefined;`)
      .join("\n"),
  ),
  // 171 factorials in all their digits: products are right to 2e-14.
  replaced(
    "factorials",
    /math-base-special-factorial[/\\]lib[/\\]factorials\.json$/,
    () => "const all = [1]; for (let n = 1; n < 171; n++) all.push(n * all[n - 1]); module.exports = all;",
  ),
  // The browser's own sine and cosine are right enough for a quantile. (Starts are drawn by src/model/mathematics.ts, which has its own.)
  replaced(
    "trigonometry",
    /math-base-special-(sin|cos)[/\\]lib[/\\]index\.js$/,
    (path) => `module.exports = Math.${/special-(sin|cos)/.exec(path)?.[1]};`,
  ),
  // Errors of an address list the kinds; which of them was meant the reader sees.
  replaced("suggestions", /fastest-levenshtein[/\\](esm[/\\])?mod\.js$/, () => "export const distance = () => Infinity;"),
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
    plugins: [labPlugin, ...replacements],
    legalComments: "none",
    logLevel: "warning",
  });
  for (const file of ["index.html", "icon.svg", "preview.png"]) await copyFile(join("src/lab", file), join(outdir, file));
  return built;
}
