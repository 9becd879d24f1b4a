import { distance } from "fastest-levenshtein";

/** ` (did you mean "softmax"?)`, or nothing if no candidate is close. */
export function suggestion(word: unknown, candidates: readonly string[]): string {
  if (typeof word !== "string" || word === "") return "";
  if (word.includes(":")) return " (in YAML a space follows the colon)";
  const [best] = candidates
    .map((candidate) => ({ candidate, edits: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits);
  return best && best.edits <= Math.max(1, Math.floor(word.length / 3)) ? ` (did you mean "${best.candidate}"?)` : "";
}
