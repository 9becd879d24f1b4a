import { Lexer } from "yaml";
import { entryOfBlock, isBlock, maxNested, numbersOfBlock } from "./blocks.ts";

/** A number as JSON has it, which YAML reads alike. */
const number = /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/;
/** What the lexer puts before the text of a scalar, and other marks that are not in the text. */
const beforeScalar = "\x1f";
const marks = [beforeScalar, "\x02", "\x18"];
/** A space, tab, carriage return or line feed. */
const blanks = [32, 9, 13, 10];

/**
 * The lexemes of a text in YAML, each list of numbers (of such lists) as one scalar that begins with a bracket, or with a dash and a space where it has an entry a
 * line, as no scalar of the text can. The library takes some ten microseconds for each number; a megabyte has half a million.
 * @param most how many lexemes there may be, and brackets in each other: for each of these the library calls itself, and takes the longer the deeper it is
 * @param tooMany what is called where there are more, with the place in the text
 */
export function lexemesOf(
  text: string,
  most: { lexemes: number; brackets: number },
  tooMany: (of: keyof typeof most, offset: number) => never,
): string[] {
  const lexemes: string[] = [];
  /** Brackets that are open, with numbers alone behind them: where they are in the list, and in the text. */
  let open: { index: number; offset: number }[] = [];
  /** The columns of lists with an entry a line, and with other entries than numbers, in which the text is. */
  const lists: number[] = [];
  let [offset, depth, isScalar, isTagged] = [0, 0, false, false];
  /** Where the line begins, whether nothing of it was seen yet, and up to where the text is in a list already. */
  let [line, isFirst, listed] = [0, true, 0];
  for (const lexeme of new Lexer().lex(text)) {
    const isMark = !isScalar && marks.includes(lexeme);
    const isBlank = !isScalar && blanks.includes(lexeme.charCodeAt(0));
    const at = offset;
    if (!isMark) offset += lexeme.length;
    const column = at - line;
    const newline = isScalar || isBlank ? lexeme.lastIndexOf("\n") : -1;
    if (newline >= 0) line = at + newline + 1;
    const first = isFirst && !isBlank;
    isFirst = newline >= 0 || (isFirst && isBlank);
    if (at < listed) {
      isScalar = isMark && lexeme === beforeScalar;
      continue;
    }
    const isDash = !isScalar && lexeme === "-" && depth === 0;
    while (first && lists.length > 0 && ((lists.at(-1) as number) > column || (lists.at(-1) === column && !isDash))) lists.pop();
    if (isDash && lists.at(-1) !== column) {
      const block = isTagged ? undefined : numbersOfBlock(text, at, column);
      if (block) {
        listed = block.end;
        lexemes.push(beforeScalar, text.slice(at, listed));
        continue;
      }
      lists.push(column);
    }
    if (
      isScalar ? !number.test(lexeme) : !(isMark ? lexeme === beforeScalar : isBlank || lexeme === "[" || lexeme === "]" || lexeme === ",")
    )
      open = [];
    if (!isScalar) {
      if (lexeme === "[" || lexeme === "{") depth++;
      if (lexeme === "]" || lexeme === "}") depth--;
      if (depth > most.brackets) tooMany("brackets", at);
      if (lexeme === "[") {
        if (isTagged || open.length === maxNested) open = [];
        if (!isTagged) open.push({ index: lexemes.length, offset: at });
      }
    }
    if (!isBlank) isTagged = !isScalar && lexeme.startsWith("!");
    lexemes.push(lexeme);
    const closed = !isScalar && lexeme === "]" ? open.pop() : undefined;
    if (closed && open.length === 0) {
      const list = text.slice(closed.offset, offset);
      if (numbersIn(list)) lexemes.splice(closed.index, Infinity, beforeScalar, list);
    }
    if ((open[0]?.index ?? lexemes.length) > most.lexemes) tooMany("lexemes", offset);
    isScalar = isMark && lexeme === beforeScalar;
  }
  return lexemes;
}

/** The lists of numbers in brackets that a scalar stands for. */
function numbersIn(list: string): unknown[] | undefined {
  try {
    return JSON.parse(list);
  } catch {
    return undefined; // as [1,], which YAML has, and JSON has not
  }
}

/** The lists of numbers that the scalar from one place of a text to another stands for; undefined of any other scalar. */
export function numbersAt(text: string, from: number, to: number): unknown[] | undefined {
  if (text[from] === "[") return numbersIn(text.slice(from, to));
  return isBlock(text, from) ? numbersOfBlock(text, from)?.numbers : undefined;
}

/** Where in a text the entry at a path begins, of lists of numbers from one place to another; the end where there is none. */
export const entryAt = (text: string, from: number, to: number, path: readonly (string | number)[]): number =>
  isBlock(text, from) ? (entryOfBlock(text, from, path) ?? to) : from + entryIn(text.slice(from, to), path);

/** Where in lists of numbers in brackets the entry at a path begins; the end where there is none. */
function entryIn(list: string, [index, ...inner]: readonly (string | number)[]): number {
  if (index === undefined || list[0] !== "[") return 0;
  let [depth, before] = [0, 0];
  for (const { 0: sign, index: at } of list.matchAll(/[[\],]/g)) {
    if (sign === "]") depth--;
    const begins = sign === "[" ? depth++ === 0 : sign === "," && depth === 1;
    if (!begins || before++ < Number(index)) continue;
    const entry = at + 1 + list.slice(at + 1).search(/\S/);
    return entry + entryIn(list.slice(entry), inner);
  }
  return list.length;
}
