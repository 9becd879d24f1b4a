import { maxRuns } from "../model/ensemble.ts";
import { withRunsAtMost } from "../report/sources.ts";
import { type StudyOptions, studiesCommand } from "./studies.ts";

/** `sinkflow reproduce`: the paper's experiments, or those of these names. */
export async function reproduceCommand(
  figures: readonly string[],
  options: StudyOptions & { out: string },
  signal: AbortSignal,
): Promise<void> {
  const { runs = maxRuns } = options;
  await studiesCommand(
    "reproduce",
    "experiments",
    figures,
    { ...options, sized: (specification) => withRunsAtMost(specification, runs) },
    signal,
  );
}
