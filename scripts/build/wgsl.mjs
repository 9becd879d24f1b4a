// The virtual module "sinkflow:shaders": every .wgsl file under shaders/ as text, for esbuild and for Vite.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../../shaders/", import.meta.url));
const name = "sinkflow:shaders";

/** Without comments, but for the mark of a loop that is unrolled, which the unroller reads. */
export const withoutComments = (text) => text.replace(/[ \t]*\/\/(?! unroll$).*$/gm, "").replace(/^\n/gm, "");

/**
 * Without comments, indentation, and spaces beside marks that are tokens of their own wherever they stand. A line that ends with the mark of a loop that is
 * unrolled stays as it is: the unroller reads it.
 */
export const bare = (text) =>
  withoutComments(text)
    .replace(/^\s+/gm, "")
    .replace(/^.*$/gm, (line) =>
      line.endsWith("// unroll")
        ? line
        : line
            .trimEnd()
            .replace(/ *([,;:(){}]) */g, "$1")
            .replace(/(?<=[\w)\]]) = /g, "="),
    );

/** Whether a program of the lab can take a shader: no setting of the page leads to the others. */
export const isOfLab = (path) =>
  !/^definitions\/|^schedules\/(?!constant\.)|^noise\/gradient|^(models\/tied|targets\/(given|gaussian)|clocks\/margin)\.|^observables\/(fragility|dominance|answer|no-answer|crossings)/.test(
    path,
  );

function moduleText(change = (text) => text, has = (_path) => true) {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".wgsl"))
    .map((path) => path.replaceAll("\\", "/"))
    .filter(has)
    .sort();
  return `export default ${JSON.stringify(Object.fromEntries(files.map((path) => [path, change(readFileSync(join(folder, path), "utf8"))])))};`;
}

const pluginOf = (text) => ({
  name: "wgsl",
  setup(build) {
    build.onResolve({ filter: /^sinkflow:shaders$/ }, () => ({ path: name, namespace: "wgsl" }));
    build.onLoad({ filter: /.*/, namespace: "wgsl" }, () => ({ contents: text(), loader: "js" }));
  },
});
/** For programs of scripts/, some of which look for lines of shaders. */
export const esbuildPlugin = pluginOf(() => moduleText());
/** For the command line, where `--print-wgsl` shows them: the lines as they are, but for comments. */
export const linesPlugin = pluginOf(() => moduleText(withoutComments));
/** For pages, which nobody reads shaders in; the lab's has only those that it can take. */
export const barePlugin = pluginOf(() => moduleText(bare));
export const labPlugin = pluginOf(() => moduleText(bare, isOfLab));

export const vitePlugin = {
  name: "wgsl",
  resolveId: (id) => (id === name ? `\0${name}` : undefined),
  load: (id) => (id === `\0${name}` ? moduleText() : undefined),
};
