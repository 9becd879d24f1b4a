import { definitionsRevision } from "./definitions.ts";
import { canConverge, decaysValues, type Ensemble, hasClock, hasDecay, isTempered, noiseKind, recordedCount } from "./ensemble.ts";
import { scheduleOf } from "./schedules.ts";

/**
 * The structure of an ensemble, as one text: what its programs depend on, how many times are recorded, whether vectors are, and which columns are asked for. Points of a
 * grid that agree in it are a family, which an engine follows together. All else is a number that may differ from point to point.
 */
export function familyOf(ensemble: Ensemble): string {
  const known = knownFamilies.get(ensemble) ?? structureOf(ensemble);
  knownFamilies.set(ensemble, known);
  return known;
}

/** A grid has thousands of points, and asks some ten times for the family of each. */
const knownFamilies = new WeakMap<Ensemble, string>();

/** What follows from the structure of an ensemble alone, found once for each family. */
export function ofFamily<T>(find: (ensemble: Ensemble) => T): (ensemble: Ensemble) => T {
  const found = new Map<string, T>();
  return (ensemble) => {
    const family = `${definitionsRevision()} ${familyOf(ensemble)}`;
    const known = found.get(family) ?? find(ensemble);
    found.set(family, known);
    return known;
  };
}

function structureOf(ensemble: Ensemble): string {
  const { model, tokens, dim, normalizer, loss, target, train, integrator, optimizer, record } = ensemble;
  const samples = (loss as { samples?: number }).samples ?? 0;
  const asked: unknown[] = [record.fragility, record.tippingTime, record.lossAt !== undefined];
  const recorded = [recordedCount(ensemble), record.vectors, ...(asked.includes(true) ? asked : []), ...(record.columns ?? [])];
  return [
    model,
    tokens,
    dim,
    normalizer.kind,
    loss.kind,
    samples,
    target.kind,
    train,
    integrator?.kind,
    optimizer && [optimizer.kind, scheduleOf(optimizer.learningRate).kind],
    hasDecay(ensemble),
    decaysValues(ensemble),
    noiseKind(ensemble),
    hasClock(ensemble),
    canConverge(ensemble),
    recorded,
  ].join(" ");
}

/** What has an ensemble, by its family, in the order of the first of each. */
export function familiesOf<T>(all: readonly T[], ensembleOf: (one: T) => Ensemble): [T, ...T[]][] {
  const families = new Map<string, [T, ...T[]]>();
  for (const one of all) {
    const name = familyOf(ensembleOf(one));
    const family = families.get(name);
    if (family) family.push(one);
    else families.set(name, [one]);
  }
  return [...families.values()];
}

/** Of ensembles of one family, one whose programs serve all: what stands in a program as a constant is read from the table where one of them has another number. */
export const servingAll = (family: readonly [Ensemble, ...Ensemble[]]): Ensemble => family.find(isTempered) ?? family[0];
