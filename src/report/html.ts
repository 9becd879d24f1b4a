import { stringify } from "yaml";
import { withoutControls } from "../model/errors.ts";
import type { SweepManifest } from "../results/manifest.ts";
import type { SweepReport } from "../sweep/sweep.ts";
import type { Verification } from "../verification/judge.ts";
import { answer } from "./answer.ts";
import type { Figure } from "./plot.ts";
import { endings, factsOf } from "./sentences.ts";
import { tableCells, tableNote } from "./table.ts";
import { css } from "./theme.ts";
import { certificates, computerOf, verificationCells, verificationLine } from "./verification.ts";

/** Hashes of what the results were computed from. */
export type Provenance = Pick<SweepManifest, "specificationHash" | "shaderHash">;

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
export const escaped = (text: string) => withoutControls(text).replace(/[&<>"']/g, (c) => entities[c] as string);

/** A whole page, which loads nothing from elsewhere. */
export const pageOf = (title: string | undefined, body: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title === undefined ? "sinkflow" : `${title}: sinkflow`)}</title>
<style>${css}</style>
</head>
<body>
${body}
</body>
</html>
`;

export const figureHtml = ({ title, caption, svg }: Figure): string =>
  `<figure role="group" aria-label="${escaped(title)}">\n<div class="picture">${svg}</div>\n<figcaption><b>${escaped(title)}.</b> ${escaped(caption)}</figcaption>\n</figure>`;

/** What a report says of the program that computed it. */
export type Computed = Pick<SweepReport, "sinkflow" | "engine" | "adapter" | "adapters">;

/** What computed the results, and `more` facts, as pairs of a key and a value; a pair without a value is left out. */
export const factList = ({ sinkflow, engine, adapter, adapters }: Computed, more: readonly [string, string | undefined][] = []): string => {
  const own: [string, string | undefined][] = adapters
    ? [["adapters", adapters.map(computerOf).join("; ")]]
    : [
        ["engine", engine === "cpu" ? "CPU, float64" : "WebGPU, float32"],
        ["adapter", adapter ? adapter.description || adapter.device : undefined],
      ];
  const facts = [...own, ["sinkflow", sinkflow], ...more] as const;
  return `<dl>${facts.map(([key, value]) => (value === undefined ? "" : `<dt>${key}</dt><dd>${escaped(value)}</dd>`)).join("")}</dl>`;
};

/** A table, its header first. @param keys how many columns from the left hold text; their cells have the class `keyClass` */
export function tableHtml([header = [], ...rows]: readonly string[][], keys: number, keyClass = "key"): string {
  const cells = (tag: string, row: string[]) =>
    row.map((cell, i) => `<${tag}${i < keys ? ` class="${keyClass}"` : ""}>${escaped(cell)}</${tag}>`).join("");
  return `<div class="scroll"><table>
<thead><tr>${cells("th", header)}</tr></thead>
<tbody>
${rows.map((row) => `<tr>${cells("td", row)}</tr>`).join("\n")}
</tbody>
</table></div>`;
}

export const listHtml = (sentences: readonly string[]): string =>
  `<ul>\n${sentences.map((sentence) => `<li>${escaped(sentence)}</li>`).join("\n")}\n</ul>`;

/** Links to the sections of a page, whose headings have their names as ids. */
export const linksHtml = (sections: readonly { study: { name: string; title: string } }[]): string =>
  sections.map(({ study: { name, title } }) => `<a href="#${name}">${escaped(title)}</a>`).join(" · ");

const verificationHtml = (verification: Verification): string =>
  `${tableHtml(verificationCells(verification), 1, "key words")}
<p class="note">Of each column, the verified run that used most of its bound. A token, a rank or a flag must be equal where the reference's order is decided by more than its bounds. Steps are compared by their means over the verified runs.</p>`;

/** The report as one self-contained page. @param answers HTML of the questions that it answers, if any */
export function htmlReport(report: SweepReport, figures: readonly Figure[], provenance: Provenance, answers = ""): string {
  const { specification, points, engine, adapters = [] } = report;
  const isReference = engine === "cpu" && adapters.length === 0;
  const name = points[0]?.ensemble.name;
  const notes = [endings(report), verificationLine(report), ...certificates(report)].filter((line) => line !== undefined);
  return pageOf(
    name,
    `<h1>${escaped(name ?? "sinkflow")}</h1>
<p class="answer">${escaped(answer(report))}</p>
<p class="facts">${escaped(factsOf(report))}</p>
${figures.map(figureHtml).join("\n")}
${answers}<h2>Numbers</h2>
${tableHtml(tableCells(report), Object.keys(points[0]?.parameters ?? {}).length)}
<p class="note">${[tableNote(report), "Medians over runs; intervals are 95 %. Shares are |p|/Σ|p|, entropies are of the shares, in nats; the winner is the token of the largest share at the end; a run whose two largest shares are tied has none."].filter(Boolean).join(" ")}</p>
<h2>Verification</h2>
${notes.map((line) => `<p>${escaped(line)}</p>`).join("\n")}
${isReference ? "<p>Computed in float64 by the reference itself.</p>" : ""}
${report.verification ? verificationHtml(report.verification) : ""}
<h2>To repeat it</h2>
<pre>sinkflow run spec.yaml --out results${isReference ? " --engine cpu" : ""}</pre>
<p class="note">with spec.yaml:</p>
<pre>${escaped(stringify(specification))}</pre>
${factList(report, [
  ["specification, SHA-256", provenance.specificationHash],
  ["shaders, SHA-256", provenance.shaderHash],
])}`,
  );
}
