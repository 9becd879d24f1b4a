/** A table in Markdown. Columns whose cells are all empty are left out. */
export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const kept = header.map((_, column) => rows.some((row) => row[column] !== ""));
  const line = (cells: readonly string[]) =>
    `| ${cells
      .filter((_, column) => kept[column])
      .map((cell) => cell.replaceAll("|", "\\|"))
      .join(" | ")} |`;
  return [header, header.map(() => "---"), ...rows].map(line).join("\n");
}

export const code = (text: string): string => `\`${text}\``;

/** `a`, `b`, `c` */
export const codeList = (texts: readonly string[]): string => texts.map(code).join(", ");

/** A number for readers: 4,096; 2³¹ − 1 stays in digits; below 10⁻³ and from 10⁷ on in powers of ten where it is one. */
export function readable(x: number): string {
  const power = Math.log10(x);
  if (x > 0 && Number.isInteger(power) && (power >= 6 || power <= -4)) return power === 0 ? "1" : `10${superscript(power)}`;
  const binary = Math.log2(x);
  if (Number.isInteger(binary) && binary >= 16) return `2${superscript(binary)}`;
  return Number.isInteger(x) ? x.toLocaleString("en-US") : String(x);
}

const superscript = (n: number): string =>
  String(n)
    .replace("-", "⁻")
    .replace(/\d/g, (digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)] as string);
