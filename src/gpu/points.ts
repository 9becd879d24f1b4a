import { none } from "../model/columns.ts";
import { roundedDown } from "../model/counted.ts";
import { type Ensemble, endOf, recordedTimes, stepLength } from "../model/ensemble.ts";
import { hasDominance } from "../model/fragility.ts";
import { control, isAdaptive } from "../model/integrators.ts";
import { lossRow } from "../model/losses.ts";
import { momentOf, tickOf } from "../model/moment.ts";
import { noises } from "../model/noise.ts";
import { normalizerRow } from "../model/normalizers.ts";
import type { ReductionKind } from "../model/reductions.ts";
import { followsCrossings } from "./crossings.ts";
import { constantCase } from "./names.ts";
import { baseParts, startBase, startScales } from "./starts.ts";
import { type Field, momentFields, pack } from "./structs.ts";
import { trainingNumbers } from "./training.ts";

/** Where the runs of a point lie in a batch. */
export interface Placing {
  /** Of its first run in the batch. */
  FIRST_PLACE: number;
  /** The number of that run in its ensemble. */
  FIRST_RUN: number;
  /** How many of its runs in the batch, from the first on, keep their trajectories; and how many runs of the points before do. */
  RECORDED: number;
  RECORDED_BEFORE: number;
}

const placing = { FIRST_PLACE: "u32", FIRST_RUN: "u32", RECORDED: "u32", RECORDED_BEFORE: "u32" } as const;
const integers = { ...placing, SEED: "u32", MAX_STEPS: "u32", END_TICKS: "u32", WARM_UP: "u32", RATE_SPAN: "u32", RUNS: "u32" } as const;

/**
 * The numbers of a point that kernels read: in a shader a private variable of that name. All else of an ensemble is a constant of its
 * programs (constants.ts): what ensembles of one family have in common (src/model/families.ts).
 */
function numbersOf(ensemble: Ensemble, place: Placing): Record<string, number> {
  const { integrator } = ensemble;
  const { rtol, atol } = isAdaptive(integrator) ? integrator : { rtol: 1, atol: 1 };
  const { maxSteps = none } = ensemble.until as { maxSteps?: number };
  const end = momentOf(ensemble, endOf(ensemble));
  const { convergedWithin } = control;
  return {
    ...place,
    SEED: ensemble.seed,
    ...startScales(ensemble),
    MAX_STEPS: maxSteps,
    END_TICKS: end.ticks,
    END_REST: end.rest,
    TICK: tickOf(ensemble),
    STEP: isAdaptive(integrator) ? 0 : stepLength(ensemble, 0),
    RTOL: rtol,
    ATOL: atol,
    CONVERGED_RTOL: Math.min(rtol, convergedWithin.rtol),
    CONVERGED_ATOL: Math.min(atol, convergedWithin.atol),
    POLARIZED_AT: ensemble.polarizedAt,
    ...parametersOf("NORMALIZER", normalizerRow(ensemble.normalizer).parameters, ensemble.normalizer),
    ...parametersOf("LOSS", lossRow(ensemble.loss).parameters, ensemble.loss),
    ...parametersOf("NOISE", { ...noises.label.parameters, ...noises.batch.parameters }, ensemble.noise ?? {}),
    ...trainingNumbers(ensemble),
    ...(hasDominance(ensemble) && { RUNS: ensemble.runs }),
    ...(followsCrossings(ensemble) && { LOSS_AT: ensemble.record.lossAt ?? 0 }),
  };
}

/** The parameters of a kind: NORMALIZER_… and LOSS_…. One that the ensemble does not have is 0. */
const parametersOf = (axis: string, declared: object, chosen: object): Record<string, number> =>
  Object.fromEntries(
    Object.keys(declared).map((name) => [`${axis}_${constantCase(name)}`, (chosen as Record<string, number | undefined>)[name] ?? 0]),
  );

const nowhere: Placing = { FIRST_PLACE: 0, FIRST_RUN: 0, RECORDED: 0, RECORDED_BEFORE: 0 };

function fieldsOf(ensemble: Ensemble): Field[] {
  return Object.keys(numbersOf(ensemble, nowhere)).map((name) => ({ name, type: name in integers ? "u32" : "f32" }));
}

/** WGSL that declares the numbers of a point, and `read_numbers`, which reads them from `points`. */
export function numberDeclarations(ensemble: Ensemble): string {
  const fields = fieldsOf(ensemble);
  const declared = fields.map(({ name, type }) => `var<private> ${name}: ${type};`);
  const read = fields.map(({ name, type }, at) => {
    const word = `points[at + ${at}u]`;
    return `  ${name} = ${type === "f32" ? `bitcast<f32>(${word})` : word};`;
  });
  const placeOf = (of: string) => fields.findIndex(({ name }) => name === of);
  const places = [`const FIRST_PLACE_AT = ${placeOf("FIRST_PLACE")}u;`, `const THRESHOLD_AT = ${placeOf("POLARIZED_AT")}u;`];
  return [`const NUMBERS = ${fields.length}u;`, ...places, ...declared, "", "fn read_numbers(at: u32) {", ...read, "}"].join("\n");
}

/** Words of a point in `points`. */
export function pointWords(ensemble: Ensemble, reduction: ReductionKind): number {
  return fieldsOf(ensemble).length + (momentFields.length + 1) * recordedTimes(ensemble).length + baseParts(ensemble, reduction).words;
}

/** The words of a point: its numbers, what all its runs share, and its recorded times, as Moments and as numbers. */
export function packPoint(ensemble: Ensemble, reduction: ReductionKind, place: Placing): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(pointWords(ensemble, reduction));
  const fields = fieldsOf(ensemble);
  words.set(pack(fields, numbersOf(ensemble, place)));
  const base = new Uint32Array(startBase(ensemble, reduction).buffer);
  words.set(base, fields.length);
  const times = recordedTimes(ensemble);
  const schedule = times.flatMap((time) => [...pack(momentFields, { ...momentOf(ensemble, time) })]);
  words.set(schedule, fields.length + base.length);
  // A column's float32 is before a time exactly if it is before that time rounded down.
  words.set(new Uint32Array(Float32Array.from(times, roundedDown).buffer), fields.length + base.length + schedule.length);
  return words;
}
