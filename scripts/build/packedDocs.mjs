// What npm packs has no pictures, and no files for contributors: in its Markdown a link to one of those is a text that says where it is. `pack`
// rewrites the documents before npm packs them, and `restore` puts them back afterwards (package.json: prepack and postpack).
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, posix, relative } from "node:path";

/** Where documents are kept while they are rewritten: ignored by git, and in no package. */
const kept = "dist.docs";

/**
 * A document, in which links to files that are not packed are texts. Code stays as it is.
 * @param {string} text of the document @param {string} path of it, from the root @param {(path: string) => boolean} isPacked
 */
export const withoutDeadLinks = (text, path, isPacked) =>
  text
    .split(/(^```[\s\S]*?^```$)/m)
    .map((part, i) =>
      i % 2 === 1
        ? part
        : part.replace(/(!?)\[((?:[^\][]|`[^`]*`)*)\]\(([^)\s]+)\)/g, (link, picture, words, to) => {
            if (/^(#|[a-z]+:)/.test(to)) return link;
            const target = posix.normalize(posix.join(posix.dirname(path), to.replace(/#.*/, "")));
            if (isPacked(target)) return link;
            return `${picture ? `*${words}*` : words} (\`${target}\` in the repository)`;
          }),
    )
    .join("");

/** Rewrites the documents under a folder of which only some files are packed. @param {string} root @param {readonly string[]} files */
export function rewrite(root, files) {
  const packed = new Set(files.flatMap((path) => [path, ...parents(path)]));
  for (const path of files.filter((file) => file.endsWith(".md"))) {
    const text = readFileSync(join(root, path), "utf8");
    const without = withoutDeadLinks(text, path, (target) => packed.has(target.replace(/\/$/, "")));
    if (without === text) continue;
    const copy = join(root, kept, path);
    mkdirSync(dirname(copy), { recursive: true });
    writeFileSync(copy, text);
    writeFileSync(join(root, path), without);
  }
}

/** The folders that a file is in. */
const parents = (path) => {
  const folder = posix.dirname(path);
  return folder === "." ? [] : [folder, ...parents(folder)];
};

/** Puts back what `rewrite` changed. @param {string} root */
export function restore(root) {
  const folder = join(root, kept);
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) renameSync(path, join(root, relative(folder, path)));
  }
  rmSync(folder, { recursive: true });
}

const [, program = "", action] = process.argv;
if (program.endsWith("packedDocs.mjs")) {
  if (action === "restore") restore(".");
  else if (existsSync(kept)) {
    console.error(
      `${kept} holds documents as they were before a pack that did not end: node scripts/build/packedDocs.mjs restore puts them back.`,
    );
    process.exit(1);
  } else {
    const listed = execFileSync("npm", ["pack", "--dry-run", "--ignore-scripts", "--json"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    const [{ files }] = JSON.parse(listed);
    rewrite(
      ".",
      files.map(({ path }) => path),
    );
  }
}
