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
  let [run, time]: [number, number | undefined] = [0, undefined];
  for (const [key, value] of new URLSearchParams(text)) {
    if (!keys.includes(key)) throw new SinkflowError("input", `unknown key ${show(key)}; expected one of ${keys.join(", ")}`);
    const number = isNumber(value) ? Number(value) : Number.NaN;
    if (key === "run") {
      if (!(Number.isInteger(number) && number >= 0 && number < recordedRuns))
        throw new SinkflowError("input", `run: expected a whole number from 0 to ${recordedRuns - 1}, got ${show(value)}`);
      run = number;
    } else if (key === "t") {
      if (!(number > 0 && number < Number.POSITIVE_INFINITY))
        throw new SinkflowError("input", `t: expected a positive number, got ${show(value)}`);
      time = number;
    } else settings[key] = Object.hasOwn(numberFields, key) && !Number.isNaN(number) ? number : value;
  }
  ensemblesOf(settings as unknown as LabSettings); // throws where a value is refused
  return { settings: settings as unknown as LabSettings, run, ...(time !== undefined && { time }) };
}

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
