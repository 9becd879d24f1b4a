import type { Normalizer } from "../../model/normalizers.ts";
import { listed, valueName } from "../format.ts";
import { colorsOf } from "../theme.ts";

/** Softmax of temperature 1, beside which others are put. */
export const isPlain = (normalizer: Normalizer): boolean => normalizer.kind === "softmax" && normalizer.temperature === 1;

/** Its kind; softmax of another temperature says so. */
export const normalizerName = (normalizer: Normalizer): string =>
  valueName(normalizer.kind === "softmax" && !isPlain(normalizer) ? normalizer : normalizer.kind);

/** A number by normalizer, those of one text together: `100 % under softmax and l2; …`; `under each` where it is the same for all. */
export function byText<K extends { name: string }>(kinds: readonly K[], of: (kind: K) => string | undefined): string {
  const texts = new Map<string, string[]>();
  for (const kind of kinds) {
    const text = of(kind);
    if (text !== undefined) texts.set(text, [...(texts.get(text) ?? []), kind.name]);
  }
  const [[text, names] = ["", []], ...others] = [...texts];
  if (others.length === 0 && names.length > 3) return `${text} under each`;
  return [...texts].map(([text, names]) => `${text} under ${listed(names)}`).join("; ");
}

/** The color of each normalizer; softmax of another temperature has that of the text. */
export function colorsFor(all: readonly { name: string; kind: string }[]): Map<string, string> {
  const kinds = all.filter(({ name }, i) => all.findIndex((other) => other.name === name) === i);
  const colors = colorsOf(kinds.filter(({ name, kind }) => name === kind).map(({ name, kind }) => ({ label: name, normalizer: kind })));
  return new Map(kinds.map(({ name }) => [name, colors.get(name) ?? "currentColor"]));
}
