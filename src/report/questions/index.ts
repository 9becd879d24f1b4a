import type { Collection } from "../study.ts";
import { adamMemory } from "./adamMemory.ts";
import { decay } from "./decay.ts";
import { feedback } from "./feedback.ts";
import { firstToken } from "./firstToken.ts";
import { massive } from "./massive.ts";
import { normalizers } from "./normalizers.ts";
import { questionsPage, tableFiles } from "./page.ts";
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
  solver,
  adamMemory,
  decay,
  remedies,
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
