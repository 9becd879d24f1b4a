import { type Ensemble, hasDecay, noiseKind } from "../model/ensemble.ts";
import { isDecoupled, type Optimizer, optimizerRow } from "../model/optimizers.ts";
import { scheduleOf } from "../model/schedules.ts";
import { constantCase } from "./names.ts";

/** Whether something moves the state that is not of low rank, as the slope of the loss is: decay, or noise of the gradient. */
export const isFull = (ensemble: Ensemble): boolean => hasDecay(ensemble) || noiseKind(ensemble) === "gradient";

/**
 * The optimizer by which kernels follow an ensemble: its own; with Euler's method, and decay or noise of the gradient, gradient descent, which takes the same
 * steps; undefined where they take Runge-Kutta steps.
 */
export function trainedBy(ensemble: Ensemble): Optimizer | undefined {
  const { optimizer, integrator } = ensemble;
  if (optimizer || integrator?.kind !== "euler" || !isFull(ensemble)) return optimizer;
  return { kind: "gradient-descent", learningRate: integrator.step };
}

/** How many numbers are kept of each number that is trained, and of each run. */
export const memoryOf = (ensemble: Ensemble): { memory: number; carried: number } => {
  const optimizer = trainedBy(ensemble);
  return optimizer ? optimizerRow(optimizer) : { memory: 0, carried: 0 };
};

/** The numbers of decay and of an optimizer that kernels read: OPTIMIZER_P for each parameter p, and OPTIMIZER_REST_P, which is 1 − p. */
export function trainingNumbers(ensemble: Ensemble): Record<string, number> {
  const optimizer = trainedBy(ensemble);
  if (!optimizer) return isFull(ensemble) ? { DECAY_VALUES: ensemble.decay.values, DECAY_LOGITS: ensemble.decay.logits } : {};
  const { learningRate, kind: _, ...parameters } = optimizer;
  const schedule = scheduleOf(learningRate);
  const { to = schedule.from, steps = schedule.warmUp + 1 } = schedule as { to?: number; steps?: number };
  const numbers = Object.entries(parameters).filter((entry): entry is [string, number] => typeof entry[1] === "number");
  const { decay } = ensemble;
  const [coupled, decoupled] = isDecoupled(optimizer) ? [0, 1] : [1, 0];
  return {
    ...Object.fromEntries(numbers.map(([name, x]) => [`OPTIMIZER_${constantCase(name)}`, x])),
    ...Object.fromEntries(numbers.map(([name, x]) => [`OPTIMIZER_REST_${constantCase(name)}`, 1 - x])),
    RATE_FROM: schedule.from,
    RATE_TO: to,
    WARM_UP: schedule.warmUp,
    RATE_SPAN: steps - schedule.warmUp,
    COUPLED_VALUES: coupled * decay.values,
    COUPLED_LOGITS: coupled * decay.logits,
    DECOUPLED_VALUES: decoupled * decay.values,
    DECOUPLED_LOGITS: decoupled * decay.logits,
  };
}
