import type { Draft } from "./defaults.ts";
import { type Ensemble, endOf, maxRecorded, maxStepCount, recordedTimes, stepsOf } from "./ensemble.ts";
import { FieldError, show } from "./errors.ts";
import { adaptiveKinds, fixedKinds, isAdaptive } from "./integrators.ts";
import { losses, marginLosses } from "./losses.ts";
import { models } from "./models.ts";
import { multipleWithin } from "./moment.ts";
import { normalizerRow } from "./normalizers.ts";
import { entryNumbers } from "./trajectory.ts";

/** Refuses what was written where other fields leave no room for it. Throws a FieldError. */
export function checkDraft(draft: Draft): void {
  checkSamples(draft);
  checkUntil(draft);
  checkRecorded(draft);
}

function checkSamples({ loss, target }: Draft): void {
  if (loss.kind !== "regression" || loss.samples === undefined || target.kind !== "given" || !("design" in target)) return;
  const samples = target.design.length;
  if (loss.samples !== samples)
    throw new FieldError(["loss", "samples"], `expected the ${samples} rows of the given design, or nothing, got ${loss.samples}`);
}

function checkUntil({ until, loss, integrator }: Draft): void {
  if ((["steps", "time", "clock"] as const).filter((key) => until[key] !== undefined).length > 1)
    throw new FieldError(["until"], `expected steps, time or clock, one of them, got ${show(until)}`);
  if (until.clock !== undefined && !losses[loss.kind].margin)
    throw new FieldError(
      ["until", "clock"],
      `expected time or steps with ${loss.kind} loss (clock goes with ${marginLosses.join(", ")}), got ${until.clock}`,
    );
  if (isAdaptive(integrator)) {
    if (until.steps !== undefined)
      throw new FieldError(
        ["until", "steps"],
        `expected time with ${integrator.kind}, whose steps adapt (steps go with ${fixedKinds.join(", ")}), got ${until.steps}`,
      );
    return;
  }
  for (const key of ["maxSteps", "converge"] as const)
    if (until[key] !== undefined)
      throw new FieldError(
        ["until", key],
        `expected nothing with ${integrator.kind} (it goes with ${adaptiveKinds.join(", ")}), got ${until[key]}`,
      );
}

function checkRecorded({ record: { steps, times }, integrator }: Draft): void {
  if (!steps) return;
  if (times) throw new FieldError(["record", "steps"], "expected steps or times, got both");
  if (isAdaptive(integrator))
    throw new FieldError(["record", "steps"], `expected times with ${integrator.kind}, whose steps adapt, got ${show(steps)}`);
}

/** Refuses a point, all defaults filled in, of which one field contradicts another. Throws a FieldError. */
export function checkPoint(ensemble: Ensemble): void {
  const { tokens, dim, until, integrator, headStart } = ensemble;
  if (headStart && headStart.token >= tokens)
    throw new FieldError(["headStart", "token"], `expected less than tokens, ${tokens}, got ${headStart.token}`);
  if (!("steps" in until) && !isAdaptive(integrator)) {
    const key = "clock" in until ? "clock" : "time";
    const end = endOf(ensemble);
    const steps = end / integrator.step;
    if (Math.round(steps) < 1 || Math.abs(steps - Math.round(steps)) > multipleWithin * steps)
      throw new FieldError(["until", key], `expected a multiple of the step ${integrator.step}, got ${end}`);
    if (steps > maxStepCount) throw new FieldError(["until", key], `expected at most ${maxStepCount} steps, got ${steps}`);
  }
  if (ensemble.values.kind === "given") {
    const { matrix } = ensemble.values;
    if (matrix.length !== dim) throw new FieldError(["values", "matrix"], `expected dim = ${dim} rows, got ${matrix.length}`);
    matrix.forEach((row, k) => {
      if (row.length !== tokens) throw new FieldError(["values", "matrix", k], `expected tokens = ${tokens} numbers, got ${row.length}`);
    });
  }
  if (ensemble.logits.kind === "given" && ensemble.logits.vector.length !== tokens)
    throw new FieldError(["logits", "vector"], `expected tokens = ${tokens} numbers, got ${ensemble.logits.vector.length}`);
  checkTarget(ensemble);
  checkModel(ensemble);
  checkDenominator(ensemble);
  checkRecord(ensemble);
}

function checkRecord(ensemble: Ensemble): void {
  const { record, runs, tokens } = ensemble;
  if (record.trajectories > runs)
    throw new FieldError(["record", "trajectories"], `expected at most runs, ${runs}, got ${record.trajectories}`);
  if ("steps" in record) {
    const last = stepsOf(ensemble) as number;
    record.steps.forEach((step, i) => {
      if (i > 0 && step <= (record.steps[i - 1] as number))
        throw new FieldError(["record", "steps", i], `expected more than the one before, ${record.steps[i - 1]}, got ${step}`);
    });
    if ((record.steps.at(-1) as number) > last)
      throw new FieldError(["record", "steps"], `expected at most the run's ${last} steps, got ${record.steps.at(-1)}`);
  } else {
    const { from, to } = record.times;
    const end = endOf(ensemble);
    if (to > end * (1 + multipleWithin)) throw new FieldError(["record", "times", "to"], `expected at most the end, ${end}, got ${to}`);
    if (from > to) throw new FieldError(["record", "times", "from"], `expected at most the last time, ${to}, got ${from}`);
  }
  const times = recordedTimes(ensemble).length;
  const entries = entryNumbers(tokens) * times;
  if (record.trajectories * entries > maxRecorded)
    throw new FieldError(
      ["record", "trajectories"],
      `expected at most ${Math.floor(maxRecorded / entries)} at ${times} recorded times of ${tokens} tokens, got ${record.trajectories}`,
    );
}

function checkTarget({ target, dim, loss }: Ensemble): void {
  if (target.kind !== "given") return;
  if ("design" in target) {
    target.design.forEach((row, s) => {
      if (row.length !== dim) throw new FieldError(["target", "design", s], `expected dim = ${dim} numbers, got ${row.length}`);
    });
    const samples = target.design.length;
    if (target.response.length !== samples)
      throw new FieldError(["target", "response"], `expected ${samples} numbers, one a row of the design, got ${target.response.length}`);
    return;
  }
  const { vector } = target;
  if (vector.length !== dim) throw new FieldError(["target", "vector"], `expected dim = ${dim} numbers, got ${vector.length}`);
  const sum = vector.reduce((total, q) => total + q, 0);
  // 1e-6: probabilities written to seven digits, or rounded to float32.
  if (losses[loss.kind].target === "distribution" && !(Math.abs(sum - 1) <= 1e-6))
    throw new FieldError(["target", "vector"], `expected a distribution, which sums to 1, got a sum of ${sum}`);
}

/** With one matrix in both places, n = d. */
function checkModel({ model, tokens, dim, normalizer, integrator }: Ensemble): void {
  if (!models[model].tied) return;
  if (dim !== tokens) throw new FieldError(["dim"], `expected tokens, ${tokens}, with the model ${model}, got ${dim}`);
  // At a kink the flow slides along z_i = 0 by ever shorter steps. With value-softmax such a logit is set to 0 for good; here the state
  // does not hold it. (6 tokens, logistic loss: 1,394 to 20,000 steps to t = 1,000, and 7 runs of 32 did not reach it.)
  if (normalizerRow(normalizer).kink && isAdaptive(integrator))
    throw new FieldError(
      ["normalizer"],
      `expected one without a kink with the model ${model} and adaptive steps, got ${normalizer.kind}, which goes with ${fixedKinds.join(", ")}`,
    );
}

/** Refuses logits that make the normalizer divide by 0 at the start. Random ones are not known here. */
function checkDenominator(ensemble: Ensemble): void {
  const { normalizer, logits } = ensemble;
  const { denominator } = normalizerRow(normalizer);
  const start = denominator && startLogits(ensemble);
  if (start && denominator(start) === 0)
    throw new FieldError(["logits"], `expected a start at which ${normalizer.kind} does not divide by 0, got ${show(logits)}`);
}

/** The logits that every run starts with; undefined where they are drawn. */
function startLogits({ model, tokens, logits, headStart, values }: Ensemble): number[] | undefined {
  if (models[model].tied && (values.kind === "zero" || ("scale" in values && values.scale === 0))) return new Array(tokens).fill(0);
  if ((logits.kind === "offset" || logits.kind === "gaussian") && logits.scale > 0) return undefined;
  const start = Array.from({ length: tokens }, (_, i) => {
    const a = logits.kind === "given" ? (logits.vector[i] as number) : logits.kind === "offset" ? logits.mean : 0;
    return a + (headStart?.token === i ? headStart.by : 0);
  });
  if (!models[model].tied) return start;
  if (values.kind === "identity") return start.map((a) => values.scale * a);
  return values.kind === "given" ? values.matrix.map((row) => row.reduce((sum, u, j) => sum + u * (start[j] as number), 0)) : undefined;
}
