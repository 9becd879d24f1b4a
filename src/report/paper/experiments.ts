import { names } from "../../results/names.ts";
import type { Collection } from "../study.ts";
import { crossEntropy } from "./cross-entropy.ts";
import { logistic } from "./logistic.ts";
import { normalizersLogistic, normalizersSquare } from "./normalizers.ts";
import { numbersCsv, paperPage } from "./page.ts";
import { regression } from "./regression.ts";
import { tied } from "./tied.ts";
import type { Experiment, PaperSection } from "./types.ts";

/** The experiments of arXiv 2603.06248 on its value-softmax model, in the order of the page. */
export const experiments: readonly Experiment[] = [logistic, normalizersLogistic, normalizersSquare, tied, regression, crossEntropy];

/** What `reproduce` makes. */
export const paper: Collection<PaperSection> = {
  kind: "experiments",
  folder: "paper",
  studies: experiments,
  page: paperPage,
  files: (studied) => ({ [names.numbers]: numbersCsv(studied) }),
  summary: ({ numbers }) => ({ numbers }),
};
