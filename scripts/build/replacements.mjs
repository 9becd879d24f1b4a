// What bundles for browsers have in place of files of which they need little, or nothing.
import { readFile } from "node:fs/promises";
import ts from "typescript";

/** Puts something small in place of a file of a package. */
const replaced = (name, filter, contents, loader = "js") => ({
  name,
  setup: (build) => build.onLoad({ filter }, async ({ path }) => ({ contents: await contents(path), loader })),
});

/** The main file of a package of stdlib. */
const stdlib = (name) => new RegExp(`@stdlib[/\\\\]${name}[/\\\\]lib[/\\\\]index\\.js$`);

/** A CommonJS file whose last word is `module.exports = NAME;` and that requires at the top, as all of stdlib's do, as an ES module, which a bundler takes apart. */
const asModule = (text) =>
  text
    .replace(/^var (\w+) = require\( ('[^']+') \);$/gm, "import $1 from $2;")
    .replace(/^var (\w+) = require\( ('[^']+') \)\.(\w+);$/gm, "import $1_ from $2;\nvar $1 = $1_.$3;")
    .replace(/^module\.exports = /gm, "export default ");

/** A transformer of TypeScript that leaves out what is said of keys, kinds and columns: `sinkflow schema`, the lab and documents tell it. */
const silent = (context) => {
  const visit = (node) => {
    const called = ts.isCallExpression(node) && node.expression;
    if (called && ts.isPropertyAccessExpression(called) && called.name.text === "says") return visit(called.expression);
    if (ts.isPropertyAssignment(node) && node.name.getText() === "says")
      return context.factory.updatePropertyAssignment(node, node.name, context.factory.createStringLiteral(""));
    return ts.visitEachChild(node, visit, context);
  };
  return (file) => ts.visitNode(file, visit);
};

export const replacements = [
  // What every browser has, stdlib asks for and makes up for.
  replaced("typed arrays", stdlib("array-\\w+"), (path) => {
    const [, name] = path.match(/array-(\w+)/);
    return `export default ${name[0].toUpperCase()}${name.slice(1).replace("int", "Int")}Array;`.replace("UInt", "Uint");
  }),
  replaced("byte order", stdlib("assert-is-little-endian"), () => "export default new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;"),
  replaced(
    "properties",
    stdlib("utils-define-nonenumerable-read-only-property"),
    () => "export default (object, name, value) => { object[name] = value; };",
  ),
  // The special functions format errors of arguments that are never wrong.
  replaced("format", stdlib("string-format"), () => "export default (text) => text;"),
  replaced("stdlib", /@stdlib[/\\].*\.js$/, async (path) => asModule(await readFile(path, "utf8"))),
  // Of the manifest only the version is told.
  replaced(
    "version",
    /[/\\]package\.json$/,
    async (path) => JSON.stringify({ version: JSON.parse(await readFile(path, "utf8")).version }),
    "json",
  ),
];

/** For the library alone: the lab tells what is said of kinds. */
export const silence = replaced("says", /[/\\]src[/\\]model[/\\]\w+\.ts$/, async (path) => {
  const compilerOptions = { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext };
  return ts.transpileModule(await readFile(path, "utf8"), { compilerOptions, transformers: { before: [silent] } }).outputText;
});
