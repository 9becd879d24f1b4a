import type { SweepReport } from "../../sweep/sweep.ts";
import { escaped } from "../html.ts";
import type { PlotModule } from "../plot.ts";
import type { Collection } from "../study.ts";
import { adamMemory } from "./adamMemory.ts";
import { adamShapes } from "./adamShapes.ts";
import { decay } from "./decay.ts";
import { feedback } from "./feedback.ts";
import { firstToken, firstTokenOf } from "./firstToken.ts";
import { massive } from "./massive.ts";
import { noise } from "./noise.ts";
import { normalizers } from "./normalizers.ts";
import { optimizers } from "./optimizers.ts";
import { answerHtml, questionsPage, tableFiles } from "./page.ts";
import { polarization, polarizationOf } from "./polarization.ts";
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

/** The questions that a sweep of anyone's may answer by its report alone. */
const ofSweeps = [
  { question: polarization, answerOf: polarizationOf },
  { question: firstToken, answerOf: firstTokenOf },
];

/** What a sweep's report says of these questions: sections of its page, and files. */
export function answersOf(Plot: PlotModule, report: SweepReport) {
  const answered = ofSweeps.flatMap(({ question, answerOf }) => {
    const answer = answerOf(Plot, report);
    return answer ? [{ question, answer }] : [];
  });
  return {
    html: answered.map(({ question, answer }) => `<h2>${escaped(question.title)}</h2>\n${answerHtml(answer)}\n`).join(""),
    figures: answered.flatMap(({ answer }) => answer.figures),
    files: tableFiles(answered.map(({ answer }) => answer)),
  };
}
