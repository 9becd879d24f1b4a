// The virtual module "sinkflow:shaders": every .wgsl file under shaders/ as text, for esbuild and for Vite.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../../shaders/", import.meta.url));
const name = "sinkflow:shaders";

function moduleText() {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".wgsl"))
    .map((path) => path.replaceAll("\\", "/"))
    .sort();
  return `export default ${JSON.stringify(Object.fromEntries(files.map((path) => [path, readFileSync(join(folder, path), "utf8")])))};`;
}

export const esbuildPlugin = {
  name: "wgsl",
  setup(build) {
    build.onResolve({ filter: /^sinkflow:shaders$/ }, () => ({ path: name, namespace: "wgsl" }));
    build.onLoad({ filter: /.*/, namespace: "wgsl" }, () => ({ contents: moduleText(), loader: "js" }));
  },
};

export const vitePlugin = {
  name: "wgsl",
  resolveId: (id) => (id === name ? `\0${name}` : undefined),
  load: (id) => (id === `\0${name}` ? moduleText() : undefined),
};
