// Lists of numbers in YAML with an entry a line, as many a writer of YAML has them:   - 1
/** Lists in each other: a grid of matrices has three. */
export const maxNested = 4;

/** An entry: the space before it, a dash for each of at most `maxNested` lists that begin or go on with it, and a number as JSON has it, which YAML reads alike. */
const entry = /( *)((?:- +){1,4})(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?)(?=(?: +#.*| *)(?:\r?\n|$))/y;
/** The rest of a line that has no more than a comment. */
const nothing = /[ \t]*(?:#.*)?\r?(?:\n|$)/y;

/** Whether a list with an entry a line begins here. No scalar begins like this. */
export const isBlock = (text: string, from: number): boolean => text[from] === "-" && text[from + 1] === " ";

/** Where the next line begins that has more than a comment. */
function nextLine(text: string, from: number): number {
  for (let at = text.indexOf("\n", from) + 1; at > 0; at = text.indexOf("\n", at) + 1) {
    nothing.lastIndex = at;
    if (!nothing.test(text)) return at;
  }
  return text.length;
}

/** The numbers from a place on, each with the path to it; the end of the last one, and whether the list ends with it. Lists inside a list have columns of their own. */
function* entriesOf(
  text: string,
  from: number,
  column: number,
): Generator<{ path: readonly number[]; number: number; at: number }, number | undefined> {
  /** Of each list around the last number its column, and how many entries are before the last one. */
  let columns: number[] = [];
  let path: number[] = [];
  let [at, end] = [from, from];
  while (at < text.length) {
    entry.lastIndex = at;
    const found = entry.exec(text);
    if (!found) return isAfter(text, at, column) ? end : undefined;
    const [all, space, dashes, number] = found as unknown as [string, string, string, string];
    const begin = at === from ? column : space.length;
    if (begin < column) return end;
    const own = Array.from(dashes.matchAll(/-/g), ({ index }) => begin + index);
    const level = columns.indexOf(begin);
    if (columns.length > 0 && level < 0) return undefined; // a longer word, over several lines
    columns = [...columns.slice(0, Math.max(0, level)), ...own];
    if (columns.length > maxNested) return undefined;
    path = level < 0 ? own.map(() => 0) : [...path.slice(0, level), (path[level] as number) + 1, ...own.slice(1).map(() => 0)];
    yield { path, number: Number(number), at: at + space.length };
    end = at + all.length;
    at = nextLine(text, end);
  }
  return end;
}

/** Whether a line that is no entry with a number stands behind a list at this column, rather than in it. */
function isAfter(text: string, at: number, column: number): boolean {
  const [, space, first] = /( *)(-(?=\s)|.?)/y.exec(text.slice(at, at + column + 3)) as unknown as [string, string, string];
  return first !== "\t" && (space.length < column || (space.length === column && first !== "-"));
}

const columnAt = (text: string, from: number): number => from - (text.lastIndexOf("\n", from - 1) + 1);

/**
 * The numbers of a list that begins here, and where it ends; undefined where there are other entries too.
 * @param column where it is known: looking for it at each of many dashes in a line takes time as their number's square
 */
export function numbersOfBlock(text: string, from: number, column = columnAt(text, from)): { numbers: unknown[]; end: number } | undefined {
  const numbers: unknown[] = [];
  const entries = entriesOf(text, from, column);
  let next = entries.next();
  for (; !next.done; next = entries.next()) {
    const { path, number } = next.value;
    let list = numbers;
    for (const index of path.slice(0, -1)) {
      list[index] ??= [];
      list = list[index] as unknown[];
    }
    list.push(number);
  }
  return next.value === undefined || next.value === from ? undefined : { numbers, end: next.value };
}

/** Where the entry at a path begins in the list that begins here. */
export function entryOfBlock(text: string, from: number, path: readonly (string | number)[]): number | undefined {
  for (const entry of entriesOf(text, from, columnAt(text, from)))
    if (path.every((index, i) => entry.path[i] === Number(index))) return entry.at;
  return undefined;
}
