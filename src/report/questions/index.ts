import { emptyRuns, type RunNumbers, type Wanted } from "../../results/runNumbers.ts";
import type { SweepReport } from "../../sweep/sweep.ts";
import { escaped } from "../html.ts";
import type { PlotModule } from "../plot.ts";
import type { Collection } from "../study.ts";
import { adamMemory } from "./adamMemory.ts";
import { adamShapes } from "./adamShapes.ts";
import { decay } from "./decay.ts";
import { feedback } from "./feedback.ts";
import { firstToken } from "./firstToken.ts";
import { fragility } from "./fragility.ts";
import { massive } from "./massive.ts";
import { noise } from "./noise.ts";
import { normalizers } from "./normalizers.ts";
import { optimizers } from "./optimizers.ts";
import { answerHtml, questionsPage, tableFiles } from "./page.ts";
import { polarization } from "./polarization.ts";
import { remedies } from "./remedies.ts";
import { solver } from "./solver.ts";
import { tipping } from "./tipping.ts";
import type { Answer, Question } from "./types.ts";
import { winner } from "./winner.ts";

/** What the runs are asked, in the order of the page: a row a question, a file an analysis. */
const all: readonly Question[] = [
  polarization,
  winner,
  firstToken,
  tipping,
  normalizers,
  feedback,
  massive,
  fragility,
  solver,
  optimizers,
  adamMemory,
  adamShapes,
  decay,
  remedies,
  noise,
];

/** What `questions` makes. Their specifications are in examples/questions. */
export const questions: Collection<Answer> = {
  kind: "questions",
  folder: "questions",
  studies: all,
  page: questionsPage,
  files: tableFiles,
  summary: ({ tables }) => ({ tables }),
};

/** Runs of a sweep whose numbers are read for its report, at most; and points of one whose report answers questions. */
const [maxRead, maxPoints] = [2 ** 18, 400];

/**
 * What a sweep's report says of these questions: sections of its page, and files.
 * @param read gives numbers of the runs of each point; undefined where the sweep keeps no rows
 */
export async function answersOf(Plot: PlotModule, report: SweepReport, read?: (wanted: Wanted) => Promise<RunNumbers[]>) {
  const asked = all.flatMap((question) => {
    const wants = report.points.length > maxPoints ? undefined : question.ofSweep?.wants(report);
    return wants ? [{ question, wants }] : [];
  });
  const columns = [...new Set(asked.flatMap(({ wants }) => wants))];
  const ensembles = report.points.map(({ ensemble }) => ensemble);
  const isFew = ensembles.reduce((sum, { runs }) => sum + runs, 0) <= maxRead;
  const runs = columns.length === 0 ? emptyRuns({ columns }, ensembles, report.engine) : isFew && read ? await read({ columns }) : [];
  const answered = asked.flatMap(({ question }) => {
    const answer = question.ofSweep?.answer(Plot, { report, runs });
    return answer ? [{ question, answer }] : [];
  });
  return {
    html: answered
      .map(({ question, answer }) => `<h2>${escaped(question.ofSweep?.title ?? question.title)}</h2>\n${answerHtml(answer)}\n`)
      .join(""),
    figures: answered.flatMap(({ answer }) => answer.figures),
    files: tableFiles(answered.map(({ answer }) => answer)),
  };
}
