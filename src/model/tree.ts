import { FieldError, show } from "./errors.ts";

const forbidden = ["__proto__", "constructor", "prototype"];

/**
 * Throws a FieldError where a value holds itself, or a key that would change an object.
 * @param around the values that contain this one: a YAML alias may refer to one of them
 */
export function refuseForbiddenKeys(value: unknown, path: (string | number)[] = [], around: unknown[] = []): void {
  if (typeof value !== "object" || value === null) return;
  if (around.includes(value)) throw new FieldError(path, "expected a value, got a reference to what it is in");
  for (const [key, inner] of Object.entries(value)) {
    if (forbidden.includes(key)) throw new FieldError([...path, key], `unknown key ${show(key)}`);
    if (typeof inner === "object") refuseForbiddenKeys(inner, [...path, key], [...around, value]); // of numbers there may be a million
  }
}
