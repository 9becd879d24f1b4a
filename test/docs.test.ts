import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, it } from "vitest";
import { blocksOf } from "../scripts/docs/blocks.ts";
import { blocksIn, fill, madeDocs, withoutBlocks } from "../scripts/docs/fill.ts";
import { importsOf } from "../scripts/docs/imports.ts";
import { isCompatible, packagesOf } from "../scripts/docs/licenses.ts";
import { columnRows, endingRows, exitRows } from "../scripts/docs/tables.ts";
import { integrators } from "../src/model/integrators.ts";
import { losses } from "../src/model/losses.ts";
import { models } from "../src/model/models.ts";
import { normalizers } from "../src/model/normalizers.ts";
import { optimizers } from "../src/model/optimizers.ts";
import { schedules } from "../src/model/schedules.ts";
import { logitStarts, targets, valueStarts } from "../src/model/starts.ts";

const root = join(import.meta.dirname, "..");
const blocks = blocksOf(root); // the reference of the library among them, which takes the compiler some seconds
const docs = madeDocs(root, blocks);
const textOf = (path: string) => docs.find((doc) => doc.path === path)?.text as string;

describe("made blocks", () => {
  it.each(docs.map(({ path }) => path))("%s is what `npm run script -- docs` makes", (path) => {
    const doc = docs.find((other) => other.path === path);
    expect(doc?.text).toBe(doc?.made);
  });

  it("are all in use", () => {
    const used = docs.flatMap(({ text }) => blocksIn(text).map(({ name }) => name));
    expect([...new Set(used)].sort()).toEqual(Object.keys(blocks).sort());
  });

  it("are refused where a name is unknown or a mark has no partner", () => {
    expect(() => fill("<!-- made: nonesuch -->\n<!-- /made -->", {})).toThrow("no block is called nonesuch");
    expect(() => fill("<!-- made: kinds -->\n", { kinds: "" })).toThrow("without its partner");
    expect(() => fill("text\n<!-- /made -->", {})).toThrow("without its partner");
  });
});

/** Every table of which documents hold a list, and the document that holds it. */
const lists: [name: string, document: string, kinds: string[]][] = [
  ["losses", "docs/model.md", Object.keys(losses)],
  ["normalizers", "docs/model.md", Object.keys(normalizers)],
  ["models", "docs/model.md", Object.keys(models)],
  ["starts of values", "docs/model.md", Object.keys(valueStarts)],
  ["starts of logits", "docs/model.md", Object.keys(logitStarts)],
  ["targets", "docs/model.md", Object.values(targets).flatMap((table) => Object.keys(table))],
  ["endings", "docs/model.md", endingRows().map(({ name }) => name)],
  ["integrators", "docs/method.md", Object.keys(integrators)],
  ["optimizers", "docs/method.md", Object.keys(optimizers)],
  ["schedules", "docs/method.md", Object.keys(schedules)],
  ["columns", "docs/output.md", columnRows().map(({ name }) => name)],
  ["exit codes", "docs/commands.md", exitRows().map(({ code }) => String(code))],
];

describe("lists of kinds", () => {
  it.each(lists)("%s are complete in %s, within a made block", (_, document, kinds) => {
    const made = blocksIn(textOf(document)).map(({ content }) => content);
    for (const kind of kinds) expect(made.join("\n"), kind).toContain(`\`${kind}\``);
  });

  it("are nowhere written by hand", () => {
    for (const kinds of [losses, normalizers, integrators, optimizers, logitStarts, valueStarts].map((table) => Object.keys(table))) {
      const kind = `\`?\\b(?:${[...kinds].sort((a, b) => b.length - a.length).join("|")})\\b\`?`;
      // A few kinds in a row are an example; more than half of a table are a list of it.
      const many = Math.max(3, Math.floor(kinds.length / 2));
      const list = new RegExp(`${kind}(?:(?:,| \\||,? and|,? or)\\s+${kind}){${many},}`);
      for (const { path, text } of docs) expect(withoutBlocks(text).match(list)?.[0], path).toBeUndefined();
    }
  });

  it("have a row of words for every kind", () => {
    for (const { says } of [...exitRows(), ...endingRows()]) expect(says).not.toBe("");
  });
});

describe("paths in the documents", () => {
  const isPlaceholder = (path: string) => /[A-Z]{3,}(?!.*\.md)|[*{}<>…]/.test(path.replace(/(README|CONTRIBUTING|LICENSE)/g, ""));

  it.each(docs.map(({ path }) => path))("%s names files that exist", (document) => {
    const text = textOf(document);
    const quoted = [...text.matchAll(/`((?:src|shaders|scripts|test|docs|examples)\/[\w./-]*)`/g)].map((match) => match[1] as string);
    for (const path of quoted.filter((path) => !isPlaceholder(path))) {
      // What a contributor is told to add is not there yet.
      if (/hinge|lion/.test(path)) continue;
      expect(existsSync(join(root, path)), path).toBe(true);
    }
  });
});

describe("links", () => {
  /** Markdown of the project, which others than the documents may hold, as scripts do. */
  const others = ["examples", "scripts", "test"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".md"))
      .map((path) => `${folder}/${path}`),
  );
  const markdown = new Map([
    ...docs.map(({ path, text }) => [path, text] as const),
    ...others.map((path) => [path, readFileSync(join(root, path), "utf8")] as const),
  ]);
  const withoutCode = (text: string) => text.replace(/^```[\s\S]*?^```$/gm, "").replace(/`[^`\n]*`/g, "");

  /** Anchors as GitHub makes them: of headings that are equal, those after the first have a number. */
  function anchorsOf(text: string): string[] {
    const seen = new Map<string, number>();
    const bare = text.replace(/^```[\s\S]*?^```$/gm, "");
    return [...bare.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => {
      const name = heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-");
      const count = seen.get(name) ?? 0;
      seen.set(name, count + 1);
      return count === 0 ? name : `${name}-${count}`;
    });
  }
  const linksIn = (text: string) => [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
  const isLocal = (link: string) => !/^[a-z]+:/.test(link);

  it.each([...markdown.keys()])("of %s lead to files and headings that exist", (document) => {
    for (const link of linksIn(markdown.get(document) as string).filter(isLocal)) {
      const [path = "", anchor] = link.split("#");
      const target = path === "" ? document : normalize(join(dirname(document), path));
      expect(existsSync(join(root, target)), link).toBe(true);
      if (anchor !== undefined) expect(anchorsOf(markdown.get(target) ?? ""), link).toContain(anchor);
    }
  });

  it("lead from docs/README.md to every document", () => {
    const linked = linksIn(textOf("docs/README.md")).map((link) => normalize(join("docs", link.replace(/#.*/, ""))));
    const all = docs.map(({ path }) => path).filter((path) => path.startsWith("docs/") && path !== "docs/README.md");
    expect(all.filter((path) => !linked.includes(path))).toEqual([]);
  });

  it("to other hosts are whole addresses of https", () => {
    for (const [document, text] of markdown)
      for (const link of linksIn(text).filter((one) => !isLocal(one))) {
        expect(link, document).toMatch(/^https:/);
        expect(new URL(link).hostname, `${document}: ${link}`).toContain(".");
      }
  });
});

it("every package that users have with sinkflow has a licence that goes with the MIT License", () => {
  const packages = packagesOf(root);
  expect(packages.filter(({ license }) => !isCompatible(license))).toEqual([]);
  expect(packages.find(({ name }) => name === "webgpu")?.installed).toBe(true);
  expect(packages.find(({ name }) => name === "commander")?.installed).toBe(false);
});

describe("docs/architecture.md", () => {
  const text = textOf("docs/architecture.md");
  const walks = text.slice(text.indexOf("## Two walks"));
  const steps = [...walks.matchAll(/`([\w./-]+\.(?:ts|wgsl))` `(\w+)`/g)].map(([, file = "", name = ""]) => ({ file, name }));

  it("walks from file to file, a sentence each", () => {
    const items = walks.match(/^\d+\. .*$/gm) ?? [];
    expect(items.length).toBeGreaterThan(20);
    for (const item of items) expect(item).toMatch(/^\d+\. `[\w./-]+\.(ts|wgsl)` `\w+` [^`A-Z].*\.$/);
  });

  it.each(steps)("$file declares $name", ({ file, name }) => {
    const source = readFileSync(join(root, file), "utf8");
    const declared = new RegExp(`\\b(?:function|fn|const|class|interface|type|struct)\\s+${name}\\b|^\\s+(?:async )?${name}\\(.*\\{$`, "m");
    expect(source).toMatch(declared);
  });

  const folders = [...importsOf(root).keys()].filter((node) => node !== "src" && !node.endsWith(".ts"));
  it.each(folders)("has a paragraph on %s", (folder) => {
    const paragraphs = [...text.matchAll(/^### (.*)$/gm)].flatMap(([, title = ""]) => title.split(" and "));
    expect(paragraphs).toContain(folder);
  });
});
