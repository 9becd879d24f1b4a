import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";

/** When something was measured, and with which commit of the project. */
export interface When {
  date: string;
  commit: string;
}

/** Now, and the commit that is checked out; with a + where the program was changed since, and "unknown" where there is no repository. */
export function now(): When {
  const git = (...args: string[]) => execFileSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  const date = new Date().toISOString().slice(0, 10);
  try {
    const changed = git("status", "--porcelain", "--", "src", "shaders") !== "";
    return { date, commit: git("rev-parse", "--short=7", "HEAD") + (changed ? "+" : "") };
  } catch {
    return { date, commit: "unknown" };
  }
}

/** Results of a long measurement by name, in a file, so that a measurement can be made in parts. */
export class Kept<Result> {
  constructor(private readonly file: string) {}

  all(): Readonly<Record<string, Result>> {
    return existsSync(this.file) ? JSON.parse(readFileSync(this.file, "utf8")) : {};
  }

  /** Puts a result in the place of the last one of its name. */
  put(name: string, result: Result): void {
    writeFileSync(this.file, `${JSON.stringify({ ...this.all(), [name]: result }, undefined, 2)}\n`);
  }
}

/** The document with what was measured. */
export const document = "docs/accuracy.md";

const blockOf = (name: string) => new RegExp(`(<!-- measured: ${name} -->\n)[\\s\\S]*?(<!-- /measured -->)`);

/** The text of a document with other content between its marks of a name. Throws where it has none. */
export function withBlock(text: string, name: string, content: string): string {
  if (!blockOf(name).test(text))
    throw new Error(`${document}: expected the marks <!-- measured: ${name} --> and <!-- /measured -->, got none`);
  return text.replace(blockOf(name), (_, begin: string, end: string) => `${begin}\n${content}\n\n${end}`);
}

/** Puts content between the marks of a name in the document. */
export const writeBlock = (name: string, content: string): void =>
  writeFileSync(document, withBlock(readFileSync(document, "utf8"), name, content));
