import type { Proportion } from "../statistics/proportion.ts";

/** `a`, `a and b`, `a, b and c`. */
export const listed = (words: readonly string[]): string =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;

/** A number in at most four digits; an end of an interval that is open, or a time that is not reached, is infinite; a dash where there is none. */
export function short(x: number | undefined): string {
  if (x === undefined) return "–";
  if (Math.abs(x) === Number.POSITIVE_INFINITY) return x < 0 ? "−∞" : "∞";
  if (x === 0) return "0";
  const size = Math.abs(x);
  if (size >= 1e5 || size < 1e-3) return x.toExponential(1).replace("e+", "e");
  return size >= 1000 ? x.toFixed(0) : String(Number(x.toPrecision(3)));
}

/** Per cent with at least so many decimals; with more where a share would read as none or all and is neither. */
export function shareText(share: number, decimals = 1): string {
  const text = (100 * share).toFixed(decimals);
  return decimals < 7 && share > 0 && share < 1 && /^(?:0|100)(?:\.0*)?$/.test(text) ? shareText(share, decimals + 1) : text;
}

/** A difference of shares in percentage points, with its sign where it is negative. */
export const points = (difference: number): string => `${difference < 0 ? "−" : ""}${shareText(Math.abs(difference))}`;

/** `99.7 % [99.2, 99.9]`: one decimal, or two where the interval is narrower than `narrow`; a dash where there is no share. */
export function percent(p: Proportion | undefined, narrow = 0.02): string {
  if (!p) return "–";
  const digits = p.interval[1] - p.interval[0] < narrow ? 2 : 1;
  const share = shareText(p.share, digits);
  const [low, high] = p.interval.map((x) => (100 * x).toFixed(share.split(".")[1]?.length ?? 0));
  return `${share} % [${low}, ${high}]`;
}

/** Names as they are. Of numbers that were given their count, and a checksum, by which others can be told from them. @param reading how they were read */
export function listName(list: readonly unknown[], reading = ""): string {
  const [first] = list;
  if (typeof first === "string") return list.join(", ");
  let hash = 0x811c9dc5; // FNV-1a, 32 bits
  for (const character of JSON.stringify(list)) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193) >>> 0;
  const shape = Array.isArray(first) ? `${list.length} × ${first.length}` : `${list.length} numbers`;
  return `(${shape}${reading}, checksum ${hash.toString(16).padStart(8, "0")})`;
}

const isTree = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

/** A value of a grid as text: a kind with its parameters, or the value itself, a long list by its checksum. Other values have other texts. */
export function valueName(value: unknown): string {
  if (Array.isArray(value)) {
    const all = JSON.stringify(value).replaceAll(",", ", ");
    return all.length <= 30 ? all : listName(value);
  }
  if (!isTree(value)) return String(value);
  const { kind, ...rest } = value;
  const parameters = Object.entries(rest).map(([key, x]) => `${key} ${isTree(x) ? `(${valueName(x)})` : valueName(x)}`);
  return [kind ?? "", ...parameters].join(" ").trim() || JSON.stringify(value);
}

/** A point's name: its values of the grid, those that don't say of what they are with their keys; empty without a grid. */
export const label = ({ parameters }: { parameters: Record<string, unknown> }): string =>
  Object.entries(parameters)
    .map(([key, value]) => (typeof value === "string" || isTree(value) ? valueName(value) : `${key} ${valueName(value)}`))
    .join(", ");

const superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const raised = (power: number): string =>
  String(power)
    .replaceAll("-", "⁻")
    .replace(/\d/g, (digit) => superscripts[Number(digit)] as string);

/** A number to two digits: `0.25`, `31`, `2900`; `4.0·10⁴` and `5.1·10⁻⁶` outside 0.001 to 10,000. */
export function scientific(x: number): string {
  const [digits = "0", power = "0"] = x.toExponential(1).split("e");
  return x === 0 || (Number(power) >= -3 && Number(power) < 4) ? String(Number(x.toPrecision(2))) : `${digits}·10${raised(Number(power))}`;
}

/** `10⁴`, or the number itself from 1 to 1000; empty where x is not a power of ten. */
export function powerOfTen(x: number): string {
  const power = Math.log10(x);
  if (Math.abs(power - Math.round(power)) > 1e-9) return "";
  return power >= 0 && power <= 3 ? String(10 ** Math.round(power)) : `10${raised(Math.round(power))}`;
}
