/**
 * A specification of names, numbers, short lists and objects of these as YAML: all that the page makes one of. Names are of letters and
 * dashes, so nothing needs quotes. (With the library that reads specifications, 17 kB gzipped, the page would exceed its 200.)
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
