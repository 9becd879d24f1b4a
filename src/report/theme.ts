import { type NormalizerKind, normalizers } from "../model/normalizers.ts";
import { seriesColors } from "../model/palette.ts";

/** The color of a normalizer, the same in every figure; undefined where the kind is not known. */
const colorOf = (kind: string | undefined) => normalizers[kind as NormalizerKind]?.color;

/** A color for each category: its normalizer's where each has another normalizer, else the palette's. */
export function colorsOf(categories: readonly { label: string; normalizer?: string | undefined }[]): Map<string, string> {
  const kinds = categories.map(({ normalizer }) => normalizer);
  const own = new Set(kinds).size === kinds.length && kinds.every(colorOf);
  return new Map(
    categories.map(({ label, normalizer }, i) => [label, (own ? colorOf(normalizer) : seriesColors[i % seriesColors.length]) as string]),
  );
}

/** Sizes of figures, in CSS pixels; the report shows a figure at this width. */
export const figureWidth = 860;
export const fontSize = 13;
/** Of a letter at this size, in pixels, in DejaVu Sans, which is wider than most. */
export const letterWidth = 8;
export const muted = "#8a8f98";

/** The style sheet of pages: light, dark and print. */
export const css = `
:root { color-scheme: light dark; --text: #1d2026; --soft: #5b616b; --back: #ffffff; --line: #d9dce1; --panel: #f5f6f8; }
@media (prefers-color-scheme: dark) { :root { --text: #e6e8ec; --soft: #a7adb8; --back: #16181d; --line: #363b44; --panel: #1f2229; } }
@media print { :root { color-scheme: light; --text: #000; --soft: #333; --back: #fff; --line: #bbb; --panel: #fff; } figure, table { break-inside: avoid; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 920px; padding: 2rem 1.25rem 4rem; font: 16px/1.55 system-ui, sans-serif; color: var(--text); background: var(--back); }
h1 { font-size: 1.15rem; color: var(--soft); font-weight: 600; margin: 0 0 .75rem; }
h2 { font-size: 1.15rem; margin: 2.5rem 0 .5rem; }
.answer { font-size: 1.45rem; line-height: 1.35; margin: 0 0 .75rem; overflow-wrap: anywhere; }
.facts, figcaption, .note { color: var(--soft); }
figure { margin: 1.5rem 0; }
figure svg { max-width: 100%; height: auto; overflow: visible; }
@media screen and (max-width: 700px) { .picture { overflow-x: auto; } .picture svg { min-width: 640px; } }
figcaption { font-size: .9rem; }
figcaption b { color: var(--text); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem; }
th, td { padding: .3rem .8rem .3rem 0; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { font-weight: 600; } th.key, td.key { text-align: left; } .words { white-space: normal; min-width: 8.5rem; }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: 4px; padding: .8rem 1rem; overflow-x: auto; font-size: .85rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; font-size: .9rem; } dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
`;
