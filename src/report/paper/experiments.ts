import { crossEntropy } from "./cross-entropy.ts";
import { logistic } from "./logistic.ts";
import { normalizersLogistic, normalizersSquare } from "./normalizers.ts";
import { regression } from "./regression.ts";
import { tied } from "./tied.ts";
import type { Experiment } from "./types.ts";

/** The experiments of arXiv 2603.06248 on its value-softmax model, in the order of the page. */
export const experiments: readonly Experiment[] = [logistic, normalizersLogistic, normalizersSquare, tied, regression, crossEntropy];
