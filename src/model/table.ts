import { distance } from "fastest-levenshtein";
import * as z from "zod";
import { show } from "./errors.ts";

/** A table of kinds. A row has what the kind is in a few words (`says`), its parameters, and what else its axis needs. */
export type Table = Readonly<Record<string, { readonly says: string; readonly parameters: z.ZodRawShape }>>;

/** The value of one axis in a canonical specification: the kind and all its parameters. */
export type Chosen<T extends Table> = {
  [K in keyof T & string]: { kind: K } & z.output<z.ZodObject<T[K]["parameters"]>>;
}[keyof T & string];

/** ` (did you mean "softmax"?)`, or nothing if no candidate is close. */
export function suggestion(word: unknown, candidates: readonly string[]): string {
  if (typeof word !== "string" || word === "") return "";
  if (word.includes(":")) return " (in YAML a space follows the colon)";
  const [best] = candidates
    .map((candidate) => ({ candidate, edits: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits);
  return best && best.edits <= Math.max(1, Math.floor(word.length / 3)) ? ` (did you mean "${best.candidate}"?)` : "";
}

/** An object that refuses unknown keys; the error lists the known ones. */
export function record<S extends z.ZodRawShape>(shape: S) {
  const keys = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? `unknown key ${show(issue.keys?.[0])}; expected one of ${keys.join(", ")}${suggestion(issue.keys?.[0], keys)}`
        : undefined,
  });
}

/** The schema of the long form of one axis, `{kind: …, parameter: …}`. */
export function longForm<T extends Table>(table: T): z.ZodType<Chosen<T>> {
  const options = Object.entries(table).map(([kind, row]) => record({ kind: z.literal(kind), ...row.parameters }));
  return z.discriminatedUnion("kind", options as never) as unknown as z.ZodType<Chosen<T>>;
}

/** The kinds that may be written short, as a bare name: all their parameters have defaults. */
export function shortKinds(table: Table): string[] {
  return Object.keys(table).filter((kind) => z.object(table[kind]?.parameters ?? {}).safeParse({}).success);
}
