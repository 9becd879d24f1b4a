/**
 * A specification as a user writes it: the object that a YAML file of the command line holds. In the package its type is made from the schema
 * (scripts/build/types.mjs), with the keys, kinds, ranges and defaults that `sinkflow schema` tells, and with the kinds of the caller's own.
 */
export type Specification<_Kinds extends string = never> = Readonly<Record<string, unknown>>;
