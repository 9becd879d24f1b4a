/**
 * How the command line ends: an exit code a row, and what it means. `--help` and the README print this table. What `mayPass` may be gone
 * where the same command is tried again.
 */
export const exitCodes = {
  done: { code: 0, says: "done" },
  internal: { code: 1, says: "an internal error: one line, with where to report it" },
  input: { code: 2, says: "the input is wrong or asks for too much" },
  device: { code: 3, says: "no usable device for the engine asked for", mayPass: true },
  storage: { code: 4, says: "a results folder can't be written or read", mayPass: true },
  numerical: { code: 5, says: "verification failed: a bound is exceeded; results are written before" },
  interrupted: { code: 75, says: "interrupted: the same command goes on, in the folder of --out", mayPass: true },
} as const satisfies Record<string, { code: number; says: string; mayPass?: true }>;

/** What can go wrong. */
export type Failure = Exclude<keyof typeof exitCodes, "done">;

/** What is said of an error before which nothing was written. */
export const nothingWritten = "Nothing was written.";

/** An error that a user can act on: its message is one line. Anything else that is thrown is a defect. */
export class SinkflowError extends Error {
  /** What Node prints of an error has the name of its class, which a bundle shortens. */
  static override readonly name: string = "SinkflowError";

  constructor(
    /** What kind of error it is: a key of `exitCodes`. */
    readonly failure: Failure,
    message: string,
    /** What was written, as a sentence. */
    readonly outcome = nothingWritten,
  ) {
    super(message);
    this.name = "SinkflowError";
  }
}

/** What to do where a package is missing that may be left out. */
export const withOptional = "npm install without --omit=optional installs it";

/** A fault of a device: it was lost, or refused memory, or handed back what can't be. The same work may succeed on a new device. */
export class DeviceFault extends SinkflowError {
  constructor(
    message: string,
    /** Whether it had too little memory, and the engine will ask for less when it does the work again. */
    readonly wantsLess = false,
  ) {
    super("device", message);
  }
}

/** A field of the specification that does not hold what it should. `path` is where, e.g. ["values", "scale"]. */
export class FieldError extends SinkflowError {
  constructor(
    readonly path: readonly (string | number)[],
    readonly problem: string,
  ) {
    super("input", path.length > 0 ? `${shortened(path.join("."))}: ${problem}` : problem);
  }
}

/**
 * A text with its control characters, and those that turn the direction of writing, as escapes (\u001b): they would move a
 * terminal's cursor, or show a text other than what it is. Line feeds and tabs stay. A JSON document keeps its meaning.
 */
export const withoutControls = (text: string): string =>
  text.replace(
    /(?![\n\t])[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** How a value is shown in an error: as JSON, cut to fit a line. */
export function show(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  const text = JSON.stringify(value) ?? String(value);
  return shortened(text);
}

/** A text, cut to fit a line. */
export const shortened = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}...` : text);
