import { Lexer } from "yaml";

/** A number as JSON has it, which YAML reads alike. */
const number = /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/;
/** What the lexer puts before the text of a scalar, and other marks that are not in the text. */
const beforeScalar = "\x1f";
const marks = [beforeScalar, "\x02", "\x18"];
/** Lists of numbers in each other: a grid of matrices has three. */
const maxNested = 4;

/**
 * The lexemes of a text in YAML, each list of numbers (of such lists) in brackets as one scalar that begins with a bracket, which no scalar of the text can. The
 * library takes some ten microseconds for each number; a megabyte has half a million.
 * @param most lexemes
 * @param tooMany what is called where there are more, with the place in the text
 */
export function lexemesOf(text: string, most: number, tooMany: (offset: number) => never): string[] {
  const lexemes: string[] = [];
  /** Brackets that are open, with numbers alone behind them: where they are in the list, and in the text. */
  let open: { index: number; offset: number }[] = [];
  let [offset, isScalar, isTagged] = [0, false, false];
  for (const lexeme of new Lexer().lex(text)) {
    const isMark = !isScalar && marks.includes(lexeme);
    const isBlank = /^[ \t\r\n]*$/.test(lexeme);
    if (
      isScalar ? !number.test(lexeme) : !(isMark ? lexeme === beforeScalar : isBlank || lexeme === "[" || lexeme === "]" || lexeme === ",")
    )
      open = [];
    if (!isScalar && lexeme === "[") {
      if (isTagged || open.length === maxNested) open = [];
      if (!isTagged) open.push({ index: lexemes.length, offset });
    }
    if (!isBlank) isTagged = !isScalar && lexeme.startsWith("!");
    lexemes.push(lexeme);
    if (!isMark) offset += lexeme.length;
    const closed = !isScalar && lexeme === "]" ? open.pop() : undefined;
    if (closed && open.length === 0) {
      const list = text.slice(closed.offset, offset);
      if (numbersIn(list)) lexemes.splice(closed.index, Infinity, beforeScalar, list);
    }
    if ((open[0]?.index ?? lexemes.length) > most) tooMany(offset);
    isScalar = isMark && lexeme === beforeScalar;
  }
  return lexemes;
}

/** The lists of numbers that a scalar stands for. */
export function numbersIn(list: string): unknown[] | undefined {
  if (!list.startsWith("[")) return undefined;
  try {
    return JSON.parse(list);
  } catch {
    return undefined; // as [1,], which YAML has, and JSON has not
  }
}

/** Where in lists of numbers the entry at a path begins; the end where there is none. */
export function entryAt(list: string, [index, ...inner]: readonly (string | number)[]): number {
  if (index === undefined || list[0] !== "[") return 0;
  let [depth, before] = [0, 0];
  for (const { 0: sign, index: at } of list.matchAll(/[[\],]/g)) {
    if (sign === "]") depth--;
    const begins = sign === "[" ? depth++ === 0 : sign === "," && depth === 1;
    if (!begins || before++ < Number(index)) continue;
    const entry = at + 1 + list.slice(at + 1).search(/\S/);
    return entry + entryAt(list.slice(entry), inner);
  }
  return list.length;
}
