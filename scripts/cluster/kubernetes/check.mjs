// Checks Kubernetes manifests, by default those of this folder, and says what is wrong:
//   node scripts/cluster/kubernetes/check.mjs [FILE…]
// Values are checked by the schemas of the npm package kubernetes-models, which are made from Kubernetes' own, and names of fields by its
// types: a schema of Kubernetes allows any name, so that a misspelt one would have no effect.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as batch from "kubernetes-models/batch/v1";
import * as core from "kubernetes-models/v1";
import ts from "typescript";
import { parseAllDocuments } from "yaml";

/** The kinds of resource that are known here, by their apiVersion. */
const models = { "batch/v1": batch, v1: core };

/** What TypeScript says of a resource's fields that its type doesn't have. */
function misnamed({ apiVersion, kind, ...fields }) {
  const file = fileURLToPath(new URL("resource.ts", import.meta.url)); // beside this file, where kubernetes-models is found; never written
  const text =
    `import type { I${kind} } from "kubernetes-models/${apiVersion}";\n` +
    `export const resource: Omit<I${kind}, "apiVersion" | "kind"> = ${JSON.stringify(fields)};\n`;
  const options = {
    noEmit: true,
    strict: true,
    skipLibCheck: true,
    types: [],
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  const isIt = (path) => path.replaceAll("\\", "/") === file.replaceAll("\\", "/");
  host.fileExists = (path) => isIt(path) || fileExists(path);
  host.getSourceFile = (path, ...rest) =>
    isIt(path) ? ts.createSourceFile(path, text, ts.ScriptTarget.ES2022) : getSourceFile(path, ...rest);
  const unknown = [2353, 2561]; // an object literal may only specify known properties
  return ts
    .getPreEmitDiagnostics(ts.createProgram([file], options, host))
    .filter(({ code }) => unknown.includes(code))
    .map(({ messageText }) =>
      ts
        .flattenDiagnosticMessageText(messageText, " ")
        .split(/(?<=\.) +(?=Object)/)
        .at(-1),
    );
}

/** What is wrong with the resources of a manifest, a line each. */
async function problemsOf(manifest) {
  const problems = [];
  for (const document of parseAllDocuments(manifest)) {
    const resource = document.errors.length > 0 ? undefined : document.toJS();
    const Model = models[resource?.apiVersion]?.[resource?.kind];
    if (!Model) {
      const got = `a kind of apiVersion ${Object.keys(models).join(" or ")}, got ${resource?.apiVersion} ${resource?.kind}`;
      problems.push(document.errors[0]?.message ?? `expected ${got}`);
      continue;
    }
    try {
      new Model(resource).validate();
    } catch (error) {
      problems.push(`${resource.kind}: ${error.message}`);
    }
    problems.push(...misnamed(resource).map((message) => `${resource.kind}: ${message}`));
  }
  return problems;
}

const ours = ["sweep.yaml", "merge.yaml"].map((name) => fileURLToPath(new URL(name, import.meta.url)));
const files = process.argv.slice(2);
for (const file of files.length > 0 ? files : ours) {
  const problems = await problemsOf(readFileSync(file, "utf8"));
  for (const problem of problems) console.log(`${file}: ${problem}`);
  if (problems.length === 0) console.log(`${file}: valid`);
  else process.exitCode = 1;
}
