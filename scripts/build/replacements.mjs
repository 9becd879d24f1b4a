// What bundles for browsers have in place of files of packages of which they need little, or nothing.
import { readFile } from "node:fs/promises";

/** Puts something small in place of a file of a package. */
const replaced = (name, filter, contents, loader = "js") => ({
  name,
  setup: (build) => build.onLoad({ filter }, async ({ path }) => ({ contents: await contents(path), loader })),
});

export const replacements = [
  // Each schema of zod can tell itself as a JSON Schema, which the command line prints and no page does.
  replaced("json-schema", /zod[/\\]v4[/\\]core[/\\](json-schema-processors|to-json-schema)\.js$/, async (path) =>
    [...(await readFile(path, "utf8")).matchAll(/^export (?:const|function|class) (\w+)/gm)]
      .map(([, name]) => `export const ${name} = () => () => {};`)
      .join("\n"),
  ),
  // The special functions format errors of arguments that are never wrong.
  replaced("format", /@stdlib[/\\]string-format[/\\]lib[/\\]index\.js$/, () => "module.exports = (text) => text;"),
  // Of the manifest only the version is told.
  replaced(
    "version",
    /[/\\]package\.json$/,
    async (path) => JSON.stringify({ version: JSON.parse(await readFile(path, "utf8")).version }),
    "json",
  ),
];
