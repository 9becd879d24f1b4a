import { FieldError, SinkflowError } from "../model/errors.ts";

/** A specification that does not hold what it should. */
export class SpecificationError extends SinkflowError {
  static override readonly name = "SpecificationError";

  constructor(
    message: string,
    /** Where it is wrong, e.g. ["values", "scale"]; empty where it is wrong as a whole. */
    readonly path: readonly (string | number)[],
  ) {
    super("input", message);
    this.name = "SpecificationError";
  }
}

/** Does what reads a specification. Throws SpecificationError for what is wrong in it. */
export function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof FieldError) throw new SpecificationError(error.message, error.path);
    throw error instanceof SinkflowError && error.failure === "input" ? new SpecificationError(error.message, []) : error;
  }
}
