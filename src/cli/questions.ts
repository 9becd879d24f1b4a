import { withRuns } from "../report/sources.ts";
import { type StudyOptions, studiesCommand } from "./studies.ts";

/** `sinkflow questions`: what the runs say, of all questions or of those of these names. */
export async function questionsCommand(questions: readonly string[], options: StudyOptions, signal: AbortSignal): Promise<void> {
  const { runs } = options;
  const sized = {
    ...options,
    ...(runs !== undefined && { sized: (specification: Parameters<typeof withRuns>[0]) => withRuns(specification, runs) }),
  };
  await studiesCommand("questions", "questions", questions, sized, signal);
}
