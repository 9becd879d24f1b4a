import { csvOf } from "../../results/csv.ts";
import { percent, short } from "../format.ts";
import { type Computed, escaped, factList, figureHtml, linksHtml, listHtml, pageOf, tableHtml } from "../html.ts";
import { commandOf, type Studied } from "../study.ts";
import { verificationLine } from "../verification.ts";
import type { NumberRow, PaperSection } from "./types.ts";

const manyCell = (many: NumberRow["many"]): string => {
  if (!many) return "–";
  if (many.of === "share") return percent({ share: many.value, interval: [many.low, many.high] });
  return `${short(many.value)} [${short(many.low)}, ${short(many.high)}]`;
};

/** The numbers of an experiment as cells, their header first. */
export const numberCells = (numbers: readonly NumberRow[]): string[][] => [
  ["", "authors' start: flow", "descent", "many starts", "runs"],
  ...numbers.map(({ what, flow, descent, many }) => [what, short(flow), short(descent), manyCell(many), many ? String(many.runs) : ""]),
];

/** All numbers of all experiments as CSV, in full precision. */
export const numbersCsv = (all: readonly Studied<PaperSection>[]): string =>
  csvOf(
    ["figure", "quantity", "flow", "descent", "many", "low", "high", "of", "runs"],
    all.flatMap(({ study: { name }, numbers }) =>
      numbers.map(({ what, flow, descent, many: { value, low, high, of, runs } = {} }) => [
        name,
        what,
        flow,
        descent,
        value,
        low,
        high,
        of,
        runs,
      ]),
    ),
  );

/** The experiments as one self-contained page. */
export function paperPage(all: readonly Studied<PaperSection>[], computed: Computed): string {
  const sections = all.map(({ study, results, figures, sentences, numbers }) => {
    const verified = Object.values(results).flatMap(({ report }) => verificationLine(report) ?? []);
    return `<section>
<h2 id="${study.name}">${escaped(study.title)}</h2>
<p class="note">${escaped(study.about)}</p>
${listHtml(sentences)}
${figures.map(figureHtml).join("\n")}
${tableHtml(numberCells(numbers), 1, "key words")}
<p class="note">Of many starts: a share of runs and its 95 % interval, or a median and between which 90 % of runs lie.</p>
${verified.map((line) => `<p class="note">${escaped(line)}</p>`).join("\n")}
<pre>${Object.values(study.sources)
      .map((source) => escaped(commandOf("paper", source, computed.engine)))
      .join("\n")}</pre>
</section>`;
  });
  const body = `<h1>The experiments of arXiv 2603.06248 on its value-softmax model</h1>
<p class="answer">One run from the authors' own start beside many runs from starts like it.</p>
<p class="facts">The flow is followed by adaptive steps, gradient descent at the paper's learning rate. Brackets hold the 95 % interval of a share of runs. The winner is the token of the largest share at the end.</p>
<p>${linksHtml(all)}</p>
${sections.join("\n")}
${factList(computed)}`;
  return pageOf("The paper's experiments", body);
}
