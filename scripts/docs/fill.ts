import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { blocksOf } from "./blocks.ts";

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

/** README.md, CONTRIBUTING.md and docs/*.md under the root of the project. */
export function madeDocs(root: string): MadeDoc[] {
  const blocks = blocksOf(root);
  const docs = readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md"));
  return ["README.md", "CONTRIBUTING.md", ...docs.sort().map((name) => `docs/${name}`)].map((path) => {
    const text = readFileSync(join(root, path), "utf8");
    return { path, text, made: fill(text, blocks) };
  });
}
