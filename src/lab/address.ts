import { recordedTimes } from "../model/ensemble.ts";
import { SinkflowError, show } from "../model/errors.ts";
import { defaultSettings, ensemblesOf, type LabSettings, numberFields, settingKeys } from "./settings.ts";

/** Runs that keep their trajectories, at most: they are shown one by one. */
export const recordedRuns = 256;

/** What the address of the page holds: an experiment, the run that is looked at, and the time; without one, the end. */
export interface Address {
  settings: LabSettings;
  run: number;
  time?: number | undefined;
}

/** Characters after the # of an address that is read, at most. */
const maxAddressLength = 500;
const keys = [...settingKeys, "run", "t"];
const isNumber = (text: string) => /^-?\d{1,12}(\.\d{1,12})?(e[+-]?\d{1,3})?$/.test(text);

/** What the part of an address from # on says; what it leaves out has its default. Throws SinkflowError. */
export function readAddress(fragment: string): Address {
  const text = fragment.replace(/^#/, "");
  if (text.length > maxAddressLength)
    throw new SinkflowError("input", `expected at most ${maxAddressLength} characters behind #, got ${text.length}`);
  const settings: Record<string, unknown> = { ...defaultSettings };
  const places: { run?: string; t?: string } = {};
  for (const [key, value] of new URLSearchParams(text)) {
    if (!keys.includes(key)) throw new SinkflowError("input", `unknown key ${show(key)}; expected one of ${keys.join(", ")}`);
    if (key === "run" || key === "t") places[key] = value;
    else settings[key] = Object.hasOwn(numberFields, key) && isNumber(value) ? Number(value) : value;
  }
  const read = settings as unknown as LabSettings;
  const [ensemble] = ensemblesOf(read); // throws where a value is refused
  const run = placeOf("run", places.run ?? "0", 0, Math.min(recordedRuns, ensemble.runs) - 1);
  if (!Number.isInteger(run)) throw new SinkflowError("input", `run: expected a whole number, got ${show(places.run)}`);
  if (places.t === undefined) return { settings: read, run };
  const times = recordedTimes(ensemble);
  return { settings: read, run, time: placeOf("t", places.t, times[0] as number, times.at(-1) as number, timeDigits) };
}

/** A number of the experiment from `least` to `most`, which are known to a part `within`. */
function placeOf(key: string, text: string, least: number, most: number, within = 0): number {
  const number = isNumber(text) ? Number(text) : Number.NaN;
  if (!(number >= least * (1 - within) && number <= most * (1 + within)))
    throw new SinkflowError("input", `${key}: expected a number from ${least} to ${most} in this experiment, got ${show(text)}`);
  return number;
}

/** Addresses say times to three digits. */
const timeDigits = 0.005;

/** A time to three digits, by which recorded times are told apart. */
function timeText(time: number): string {
  const text = time.toPrecision(3);
  return time < 1e6 ? String(Number(text)) : text;
}

/** The part of an address after the #: what differs from the defaults. */
export function writeAddress({ settings, run, time }: Address): string {
  const said = settingKeys
    .filter((key) => settings[key] !== defaultSettings[key])
    .map((key): [string, string] => [key, String(settings[key])]);
  if (run !== 0) said.push(["run", String(run)]);
  if (time !== undefined) said.push(["t", timeText(time)]);
  return new URLSearchParams(said).toString();
}
