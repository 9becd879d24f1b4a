import { figureFile } from "../../results/names.ts";
import { type Computed, escaped, factList, figureHtml, linksHtml, listHtml, pageOf } from "../html.ts";
import { commandOf, type Studied } from "../study.ts";
import { verificationLine } from "../verification.ts";
import { tableCsv, tableHtmlOf } from "./table.ts";
import type { Answer } from "./types.ts";

/** A link that saves a text which the page itself holds. */
const csvLink = (name: string, csv: string): string =>
  `<a download="${name}.csv" href="data:text/csv;charset=utf-8,${encodeURIComponent(csv).replaceAll("'", "%27")}">${name}.csv</a>`;

/** The figures, sentences and tables of an answer. */
export const answerHtml = ({ sentences: [result = "", ...sentences], figures, tables }: Answer): string =>
  [
    `<p class="answer">${escaped(result)}</p>`,
    ...figures.map(figureHtml),
    ...(sentences.length > 0 ? [listHtml(sentences)] : []),
    ...tables.map(tableHtmlOf),
    `<p class="note">Numbers as CSV: ${[
      ...tables.map((table) => csvLink(table.name, tableCsv(table))),
      ...figures.map(({ name, csv }) => csvLink(name, csv)),
    ].join(", ")}.</p>`,
  ].join("\n");

/** The tables of answers as files. */
export const tableFiles = (all: readonly Answer[]): Record<string, string> =>
  Object.fromEntries(all.flatMap(({ tables }) => tables.map((table) => [figureFile(table.name, "csv"), tableCsv(table)])));

/** The questions with their answers as one self-contained page. */
export function questionsPage(all: readonly Studied<Answer>[], computed: Computed): string {
  const sections = all.map(({ study, results, ...answer }) => {
    const reports = Object.values(results).map(({ report }) => report);
    const verified = reports.flatMap((report) => verificationLine(report) ?? []);
    const runs = reports.map(({ points }) => points[0]?.runs ?? 0);
    const commands = Object.values(study.sources).map((source, i) => commandOf("questions", source, computed.engine, runs[i]));
    const sameRuns = new Set(runs).size === 1 ? ` --runs ${runs[0]}` : ""; // else those of the question
    const command = `sinkflow questions ${study.name}${sameRuns} --engine ${computed.engine} --out results/questions`;
    return `<section>
<h2 id="${study.name}">${escaped(study.title)}</h2>
<p class="note">${escaped(study.about)}</p>
${answerHtml(answer)}
${verified.map((line) => `<p class="note">${escaped(line)}</p>`).join("\n")}
<pre>${[command, ...commands].map(escaped).join("\n")}</pre>
</section>`;
  });
  const body = `<h1>What the runs say</h1>
<p class="facts">Brackets hold 95 % intervals, of shares of runs exact binomial ones. The winner is the token of the largest share |p|/Σ|p| at the end of a run; a run whose two largest shares are tied has none. Entropies are of the shares, in nats, and their exponential is the number of effective tokens. Below each question stand the commands that repeat it.</p>
<p>${linksHtml(all)}</p>
${sections.join("\n")}
${factList(computed)}`;
  return pageOf("What the runs say", body);
}
