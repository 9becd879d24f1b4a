import type { Collection } from "../study.ts";
import { firstToken } from "./firstToken.ts";
import { normalizers } from "./normalizers.ts";
import { questionsPage, tableFiles } from "./page.ts";
import { polarization } from "./polarization.ts";
import type { Answer, Question } from "./types.ts";
import { winner } from "./winner.ts";

/** What the runs are asked, in the order of the page: a row a question, a file an analysis. */
const all: readonly Question[] = [polarization, winner, firstToken, normalizers];

/** What `questions` makes. Their specifications are in examples/questions. */
export const questions: Collection<Answer> = {
  kind: "questions",
  folder: "questions",
  studies: all,
  page: questionsPage,
  files: tableFiles,
  summary: ({ tables }) => ({ tables }),
};
