import type { Draft } from "./defaults.ts";
import { type Ensemble, endOf, maxRecorded, maxStepCount, recordedCount, stepsOf } from "./ensemble.ts";
import { FieldError, show } from "./errors.ts";
import { adaptiveKinds, fixedKinds, isAdaptive } from "./integrators.ts";
import { fallingLosses, lossRow } from "./losses.ts";
import { models } from "./models.ts";
import { multipleWithin } from "./moment.ts";
import { normalizerRow } from "./normalizers.ts";
import { entryNumbers } from "./trajectory.ts";

/** Throws a FieldError where a field does not hold what it should. */
function demand(holds: boolean, path: readonly (string | number)[], expected: string, got: string | number): void {
  if (!holds) throw new FieldError(path, `expected ${expected}, got ${got}`);
}

/** Refuses fields that other fields exclude. Throws a FieldError. */
export function checkDraft(draft: Draft): void {
  checkSamples(draft);
  checkOptimizer(draft);
  checkNoise(draft);
  checkUntil(draft);
  checkRecorded(draft);
}

function checkSamples({ loss, target }: Draft): void {
  if (loss.kind !== "regression" || loss.samples === undefined || target.kind !== "given" || !("design" in target)) return;
  const samples = target.design.length;
  demand(loss.samples === samples, ["loss", "samples"], `the ${samples} rows of the given design, or nothing`, loss.samples);
}

/** A schedule must end after its warm-up. */
function checkOptimizer({ optimizer }: Draft): void {
  const { learningRate } = optimizer ?? {};
  if (typeof learningRate !== "object" || !("steps" in learningRate)) return;
  const { steps, warmUp } = learningRate;
  demand(steps > warmUp, ["optimizer", "learningRate", "steps"], `more than the ${warmUp} steps of the warm-up`, steps);
}

/** An adaptive step would take noise for its own error. */
function checkNoise({ noise, loss, integrator, until }: Draft): void {
  if (!noise) return;
  const known = `label or gradient with ${loss.kind} loss, which has no samples (batch goes with regression)`;
  demand(noise.kind !== "batch" || loss.kind === "regression", ["noise"], known, noise.kind);
  const expected = `nothing with ${integrator?.kind}, whose steps adapt (noise goes with an optimizer, or with ${fixedKinds.join(", ")})`;
  demand(!isAdaptive(integrator), ["noise"], expected, noise.kind);
  const { clock } = until;
  if (clock !== undefined)
    demand(false, ["until", "clock"], "time or steps with noise, under which the margin has no clock of its own", clock);
}

function checkUntil({ until, loss, integrator, optimizer, decay }: Draft): void {
  const { steps, time, clock } = until;
  const ends = [steps, time, clock].filter((end) => end !== undefined);
  demand(ends.length <= 1, ["until"], "steps, time or clock, one of them", show(until));
  if (clock !== undefined) {
    const expected = `time or steps with ${loss.kind} loss (clock goes with ${fallingLosses.join(", ")})`;
    demand(lossRow(loss).falls === true, ["until", "clock"], expected, clock);
    const decays = decay.values > 0 || decay.logits > 0;
    demand(!decays, ["until", "clock"], "time or steps with decay, under which the margin has no clock of its own", clock);
  }
  if (optimizer) {
    for (const key of ["time", "clock", "maxSteps", "converge"] as const)
      demand(until[key] === undefined, ["until", key], `steps with an optimizer, here ${optimizer.kind}`, show(until[key]));
    return;
  }
  if (isAdaptive(integrator)) {
    const expected = `time with ${integrator.kind}, whose steps adapt (steps go with ${fixedKinds.join(", ")})`;
    demand(steps === undefined, ["until", "steps"], expected, show(steps));
    return;
  }
  const expected = `nothing with ${integrator?.kind} (it goes with ${adaptiveKinds.join(", ")})`;
  for (const key of ["maxSteps", "converge"] as const) demand(until[key] === undefined, ["until", key], expected, show(until[key]));
}

function checkRecorded({ record: { steps, times }, integrator }: Draft): void {
  if (!steps) return;
  demand(!times, ["record", "steps"], "steps or times", "both");
  demand(!isAdaptive(integrator), ["record", "steps"], `times with ${integrator?.kind}, whose steps adapt`, show(steps));
}

/** Refuses an ensemble, all defaults filled in, of which one field contradicts another. Throws a FieldError. */
export function checkEnsemble(ensemble: Ensemble): void {
  const { tokens, dim, values, logits, headStart } = ensemble;
  if (headStart) demand(headStart.token < tokens, ["headStart", "token"], `less than tokens, ${tokens}`, headStart.token);
  checkEnd(ensemble);
  if (values.kind === "given") {
    demand(values.matrix.length === dim, ["values", "matrix"], `dim = ${dim} rows`, values.matrix.length);
    for (const [k, row] of values.matrix.entries())
      demand(row.length === tokens, ["values", "matrix", k], `tokens = ${tokens} numbers`, row.length);
  }
  if (logits.kind === "given")
    demand(logits.vector.length === tokens, ["logits", "vector"], `tokens = ${tokens} numbers`, logits.vector.length);
  checkTarget(ensemble);
  checkModel(ensemble);
  checkDenominator(ensemble);
  checkRecord(ensemble);
}

/** Fixed steps must reach the end exactly. */
function checkEnd(ensemble: Ensemble): void {
  const { until, integrator } = ensemble;
  if ("steps" in until || integrator === undefined || isAdaptive(integrator)) return;
  const path = ["until", "clock" in until ? "clock" : "time"];
  const end = endOf(ensemble);
  const steps = end / integrator.step;
  const isMultiple = Math.round(steps) >= 1 && Math.abs(steps - Math.round(steps)) <= multipleWithin * steps;
  demand(isMultiple, path, `a multiple of the step ${integrator.step}`, end);
  demand(steps <= maxStepCount, path, `at most ${maxStepCount} steps`, steps);
}

function checkRecord(ensemble: Ensemble): void {
  const { record, runs, tokens } = ensemble;
  const { trajectories } = record;
  demand(trajectories <= runs, ["record", "trajectories"], `at most runs, ${runs}`, trajectories);
  if ("steps" in record) {
    const { steps } = record;
    const last = stepsOf(ensemble) as number;
    const i = steps.findIndex((step, i) => i > 0 && step <= (steps[i - 1] as number));
    demand(i < 0, ["record", "steps", i], `more than the one before, ${steps[i - 1]}`, steps[i] as number);
    const latest = steps.at(-1) as number;
    demand(latest <= last, ["record", "steps"], `at most the run's ${last} steps`, latest);
  } else {
    const { from, to } = record.times;
    const end = endOf(ensemble);
    demand(to <= end * (1 + multipleWithin), ["record", "times", "to"], `at most the end, ${end}`, to);
    demand(from <= to, ["record", "times", "from"], `at most the last time, ${to}`, from);
  }
  const times = recordedCount(ensemble);
  const most = Math.floor(maxRecorded / (entryNumbers(tokens) * times));
  demand(trajectories <= most, ["record", "trajectories"], `at most ${most} at ${times} recorded times of ${tokens} tokens`, trajectories);
}

function checkTarget({ target, dim, loss }: Ensemble): void {
  if (target.kind !== "given") return;
  if ("design" in target) {
    const { design, response } = target;
    for (const [s, row] of design.entries()) demand(row.length === dim, ["target", "design", s], `dim = ${dim} numbers`, row.length);
    const expected = `${design.length} numbers, one a row of the design`;
    demand(response.length === design.length, ["target", "response"], expected, response.length);
    return;
  }
  const { vector } = target;
  demand(vector.length === dim, ["target", "vector"], `dim = ${dim} numbers`, vector.length);
  const sum = vector.reduce((total, q) => total + q, 0);
  // 1e-6: probabilities written to seven digits, or rounded to float32.
  const isFit = lossRow(loss).target !== "distribution" || Math.abs(sum - 1) <= 1e-6;
  demand(isFit, ["target", "vector"], "a distribution, which sums to 1", `a sum of ${sum}`);
}

/** With one matrix in both places, n = d. */
function checkModel({ model, tokens, dim, normalizer, integrator }: Ensemble): void {
  if (!models[model].tied) return;
  demand(dim === tokens, ["dim"], `tokens, ${tokens}, with the model ${model}`, dim);
  // At a kink the flow slides along z_i = 0 by ever shorter steps. With value-softmax such a logit is set to 0 for good; here the state
  // does not hold it. (6 tokens, logistic loss: 1,394 to 20,000 steps to t = 1,000, and 7 runs of 32 did not reach it.)
  const slides = normalizerRow(normalizer).kink === true && isAdaptive(integrator);
  const got = `${normalizer.kind}, which goes with ${fixedKinds.join(", ")}`;
  demand(!slides, ["normalizer"], `one without a kink with the model ${model} and adaptive steps`, got);
}

/** Refuses logits at which the normalizer divides by 0 at the start. Logits that are drawn are not known here. */
function checkDenominator(ensemble: Ensemble): void {
  const { normalizer, logits } = ensemble;
  const { denominator } = normalizerRow(normalizer);
  const start = denominator && startLogits(ensemble);
  const isZero = start !== undefined && denominator?.(start) === 0;
  demand(!isZero, ["logits"], `a start at which ${normalizer.kind} does not divide by 0`, show(logits));
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
