import { type Fields, Shape, type Shapes } from "./shape.ts";

/** A table of kinds. A row has what the kind is in a few words (`says`), its parameters, and what else its axis needs. */
export type Table = Readonly<Record<string, { readonly says: string; readonly parameters: Shapes }>>;

/** The value of one axis in a canonical specification: the kind and all its parameters. */
export type Chosen<T extends Table> = {
  [K in keyof T & string]: { kind: K } & Fields<T[K]["parameters"]>;
}[keyof T & string];

/** The shape of the long form of one axis, `{kind: …, parameter: …}`. @param where is said behind the kinds in an error */
export function longForm<T extends Table>(table: T, where = ""): Shape<Chosen<T>> {
  const kinds = Object.fromEntries(Object.entries(table).map(([kind, { parameters }]) => [kind, parameters]));
  return new Shape({ is: "kind", kinds, where });
}

/** The kinds that may be written short, as a bare name: all their parameters have defaults. */
export const shortKinds = (table: Table): string[] =>
  Object.keys(table).filter((kind) =>
    Object.values(table[kind]?.parameters ?? {}).every(({ facts }) => facts.optional || facts.initial !== undefined),
  );
