import { canConverge, type Ensemble, hasClock, hasDecay, isTempered, noiseKind, recordedCount } from "./ensemble.ts";
import { scheduleOf } from "./schedules.ts";

/**
 * The structure of an ensemble, as one text: what its programs depend on, how many times are recorded, whether vectors are, and which columns are asked for. Points of a
 * grid that agree in it are a family, which an engine follows together. All else is a number that may differ from point to point.
 */
export function familyOf(ensemble: Ensemble): string {
  const { model, tokens, dim, normalizer, loss, target, train, integrator, optimizer, record } = ensemble;
  const samples = (loss as { samples?: number }).samples ?? 0;
  const asked = [record.fragility, record.tippingTime, record.lossAt !== undefined];
  const recorded = [recordedCount(ensemble), record.vectors, ...(asked.includes(true) ? asked : [])];
  return [
    model,
    tokens,
    dim,
    normalizer.kind,
    isTempered(ensemble),
    loss.kind,
    samples,
    target.kind,
    train,
    integrator?.kind,
    optimizer && [optimizer.kind, scheduleOf(optimizer.learningRate).kind],
    hasDecay(ensemble),
    noiseKind(ensemble),
    hasClock(ensemble),
    canConverge(ensemble),
    recorded,
  ].join(" ");
}
