import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A document: its text on disk, and the text that it should have. */
export interface MadeDoc {
  path: string;
  text: string;
  made: string;
}

const block = /<!-- made: ([\w-]+) -->\n([\s\S]*?)<!-- \/made -->/g;

/** The made blocks in a text. */
export const blocksIn = (text: string): { name: string; content: string }[] =>
  [...text.matchAll(block)].map(([, name = "", content = ""]) => ({ name, content }));

/** A text without its made blocks: what people wrote. */
export const withoutBlocks = (text: string): string => text.replace(block, "");

/** A text with its made blocks filled. Throws where a block is unknown, or where a mark has no partner. */
export function fill(text: string, blocks: Readonly<Record<string, string>>): string {
  const made = text.replace(block, (_, name: string) => {
    const content = blocks[name];
    if (content === undefined) throw new Error(`no block is called ${name}; there are ${Object.keys(blocks).join(", ")}`);
    return `<!-- made: ${name} -->\n\n${content}\n\n<!-- /made -->`;
  });
  const stray = withoutBlocks(made).match(/<!-- \/?made\b.*/);
  if (stray) throw new Error(`a mark without its partner: ${stray[0]}`);
  return made;
}

/** The documents under the root of the project: Markdown at the root and in docs/. */
export function documentsOf(root: string): string[] {
  const inDocs = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" }).map((name) => `docs/${name.replaceAll("\\", "/")}`);
  return [...readdirSync(root), ...inDocs].filter((path) => path.endsWith(".md")).sort();
}

/** Every document, with its made blocks filled. */
export const madeDocs = (root: string, blocks: Readonly<Record<string, string>>): MadeDoc[] =>
  documentsOf(root).map((path) => {
    const text = readFileSync(join(root, path), "utf8");
    return { path, text, made: fill(text, blocks) };
  });
