/** Exit codes of the command line, by what went wrong. */
export const exitCodes = {
  internal: 1,
  input: 2,
  device: 3,
  storage: 4,
  numerical: 5,
  interrupted: 75,
} as const;

export type Failure = keyof typeof exitCodes;

/** An error that a user can act on: one line, no stack trace. Anything else that is thrown is a defect. */
export class SinkflowError extends Error {
  constructor(
    readonly failure: Failure,
    message: string,
    /** Whether anything was written, as a sentence. */
    readonly outcome = "Nothing was written.",
  ) {
    super(message);
    this.name = "SinkflowError";
  }
}

/** A field of the specification that does not hold what it should. `path` is where, e.g. ["values", "scale"]. */
export class FieldError extends SinkflowError {
  constructor(
    readonly path: readonly (string | number)[],
    readonly problem: string,
  ) {
    super("input", path.length > 0 ? `${path.join(".")}: ${problem}` : problem);
  }
}

/** How a value is shown in an error: as JSON, cut to fit a line. */
export function show(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
