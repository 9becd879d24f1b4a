import { canConverge, type Ensemble, recordedTimes } from "./ensemble.ts";

/**
 * What the programs of an ensemble depend on, as one text: points of a grid that agree in it are a family. All else is a number that
 * differs from point to point.
 */
export function familyOf(ensemble: Ensemble): string {
  const { model, tokens, dim, normalizer, loss, target, train, integrator, until, record } = ensemble;
  const samples = (loss as { samples?: number }).samples ?? 0;
  const ends = Object.keys(until).filter((key) => key === "steps" || key === "time" || key === "clock");
  const recorded = [recordedTimes(ensemble).length, record.vectors];
  return [
    model,
    tokens,
    dim,
    normalizer.kind,
    loss.kind,
    samples,
    target.kind,
    train,
    integrator.kind,
    ends,
    canConverge(ensemble),
    recorded,
  ].join(" ");
}
