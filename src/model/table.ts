import { distance } from "fastest-levenshtein";
import * as z from "zod";
import { show } from "./errors.ts";

/** A table of kinds: each row says what it is in a few words, has its parameters, and whatever else its axis needs. */
export type Table = Readonly<Record<string, { readonly says: string; readonly parameters: z.ZodRawShape }>>;

/** What the specification holds for one axis once it is canonical: the kind and all its parameters. */
export type Chosen<T extends Table> = {
  [K in keyof T & string]: { kind: K } & z.output<z.ZodObject<T[K]["parameters"]>>;
}[keyof T & string];

/** `(did you mean "softmax"?)`, with a space before it, or nothing if no candidate is close. */
export function suggestion(word: unknown, candidates: readonly string[]): string {
  if (typeof word !== "string" || word === "") return "";
  if (word.includes(":")) return " (in YAML a space follows the colon)";
  const [best] = candidates
    .map((candidate) => ({ candidate, edits: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits);
  return best && best.edits <= Math.max(1, Math.floor(word.length / 3)) ? ` (did you mean "${best.candidate}"?)` : "";
}

/** An object that refuses keys it does not know, and says which it does. */
export function record<S extends z.ZodRawShape>(shape: S) {
  const keys = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? `unknown key ${show(issue.keys?.[0])}; expected one of ${keys.join(", ")}${suggestion(issue.keys?.[0], keys)}`
        : undefined,
  });
}

/** The long form of one axis, `{kind: …, parameter: …}`, as a schema made from its table. */
export function longForm<T extends Table>(table: T): z.ZodType<Chosen<T>> {
  const options = Object.entries(table).map(([kind, row]) => record({ kind: z.literal(kind), ...row.parameters }));
  return z.discriminatedUnion("kind", options as never) as unknown as z.ZodType<Chosen<T>>;
}

/** The kinds of which the short form, the bare name, is enough: those whose parameters all have defaults. */
export function shortKinds(table: Table): string[] {
  return Object.keys(table).filter((kind) => z.object(table[kind]?.parameters ?? {}).safeParse({}).success);
}
