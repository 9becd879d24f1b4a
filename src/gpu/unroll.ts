import type { Constants } from "./constants.ts";

/** A loop marked for unrolling. */
const header = /for \(var (\w+) = (\d+); \1 < (\w+); \1\+\+\) \{ \/\/ unroll$/m;
const mark = /\/\/ unroll/;

/**
 * Unrolls the loops that are marked `// unroll`, so that every index is a constant and arrays stay in registers.
 *
 * The end of a loop is a number, an integer constant, or the variable of a marked loop around it. Other comments are dropped. Loops
 * whose end is named in `left` stay loops for a compiler too: they end at `opaque` (bindings.wgsl).
 * Throws on a marked loop that can't be read: that is a defect in a shader, never in an input.
 */
export function unroll(source: string, constants: Constants, left: readonly string[] = []): string {
  const code = source.replace(/[ \t]*\/\/(.*)$/gm, (comment, text: string) => (text === " unroll" ? comment : ""));
  return expand(code, left).replace(/^[ \t]*\n/gm, "");

  function expand(code: string, left: readonly string[]): string {
    let rest = code;
    let result = "";
    for (let match = header.exec(rest); match; match = header.exec(rest)) {
      const [text, variable, first, bound] = match as unknown as [string, string, string, string];
      const before = rest.slice(0, match.index);
      if (mark.test(before)) break;
      const count = /^\d+$/.test(bound) ? Number(bound) : constants[bound];
      const start = match.index + text.length;
      const end = closingBrace(rest, start);
      const body = rest.slice(start, end);
      if (left.includes(bound)) {
        const inner = [...left, variable];
        result += `${before}for (var ${variable} = ${first}; ${variable} < opaque(${bound}); ${variable}++) {${expand(body, inner)}}\n`;
        rest = rest.slice(end + 1);
        continue;
      }
      if (typeof count !== "number") throw new Error(`unroll: ${bound} is not a constant in: ${text}`);
      const word = new RegExp(`(?<![\\w.])${variable}\\b`, "g");
      result += before;
      for (let i = Number(first); i < count; i++) result += `{${expand(body.replace(word, String(i)), left)}}\n`;
      rest = rest.slice(end + 1);
    }
    const unread = rest.split("\n").find((line) => mark.test(line));
    if (unread !== undefined) throw new Error(`unroll: can't read the marked loop: ${unread.trim()}`);
    return result + rest;
  }
}

function closingBrace(code: string, from: number): number {
  let depth = 1;
  for (let at = from; at < code.length; at++) {
    if (code[at] === "{") depth++;
    if (code[at] === "}" && --depth === 0) return at;
  }
  throw new Error("unroll: a marked loop is not closed");
}
