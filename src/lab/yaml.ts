/**
 * A specification as YAML. The page's specifications hold names, numbers, and short lists and objects of these; names are letters and
 * dashes, so nothing needs quotes. (The library that reads specifications has 17 kB gzipped: with it the page would exceed its limit of 200 kB.)
 */
export function yamlOf(tree: Record<string, unknown>): string {
  const flow = (value: unknown): string => {
    if (Array.isArray(value)) return `[${value.map(flow).join(", ")}]`;
    if (typeof value === "object" && value !== null)
      return `{${Object.entries(value)
        .map(([key, inner]) => `${key}: ${flow(inner)}`)
        .join(", ")}}`;
    return String(value);
  };
  return Object.entries(tree)
    .map(([key, value]) => `${key}: ${flow(value)}\n`)
    .join("");
}
