import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isOfLab } from "../../scripts/build/wgsl.mjs";
import { composeReadable, programNames } from "../../src/gpu/compose.ts";
import { type Address, readAddress, recordedRuns, writeAddress } from "../../src/lab/address.ts";
import {
  defaultSettings,
  ensemblesOf,
  type LabSettings,
  memoryOf,
  namedExperiments,
  numberFields,
  settingsOf,
  specificationOf,
  trainings,
} from "../../src/lab/settings.ts";
import { yamlOf } from "../../src/lab/yaml.ts";
import { recordedTimes } from "../../src/model/ensemble.ts";
import { SinkflowError } from "../../src/model/errors.ts";
import { type LossKind, losses } from "../../src/model/losses.ts";
import { type NormalizerKind, normalizers } from "../../src/model/normalizers.ts";
import { readSpecification } from "../../src/model/source.ts";
import { parseEnsemble } from "../../src/model/specification.ts";

const kinds = Object.keys(normalizers) as NormalizerKind[];
const decimal = (low: number, high: number) => fc.integer({ min: low * 1000, max: high * 1000 }).map((x) => x / 1000);
const anySettings: fc.Arbitrary<LabSettings> = fc
  .record({
    tokens: fc.integer({ min: 2, max: numberFields.tokens.max }),
    loss: fc.constantFrom(...(Object.keys(losses) as LossKind[])),
    left: fc.constantFrom(...kinds),
    right: fc.constantFrom(...kinds),
    optimizer: fc.constantFrom(...trainings),
    rate: decimal(1, 10),
    memory: fc.integer({ min: 0, max: 9999 }).map((x) => x / 10_000),
    steps: fc.integer({ min: 1, max: numberFields.steps.max }),
    noise: decimal(0, 10),
    decay: decimal(0, 1),
    scale: decimal(0, 10),
    head: decimal(-2, 2),
    seed: fc.integer({ min: 0, max: 0xffffffff }),
    runs: fc.integer({ min: 1, max: numberFields.runs.max }),
  })
  .map((settings) => (settings.optimizer === "flow" ? { ...settings, noise: 0 } : settings));

/** A run and a time of the experiment; the time to three digits, which is what an address has. */
const anyAddress: fc.Arbitrary<Address> = fc
  .tuple(anySettings, fc.nat(recordedRuns - 1), fc.option(fc.nat(63)))
  .map(([settings, run, slot]) => {
    const times = recordedTimes(ensemblesOf(settings)[0]);
    const time = slot !== null && Number((times[slot % times.length] as number).toPrecision(3));
    return { settings, run: run % settings.runs, ...(time && { time }) };
  });

describe("the address", () => {
  it("says the settings: what is written is read again", () => {
    fc.assert(
      fc.property(anyAddress, (address) => {
        expect(readAddress(`#${writeAddress(address)}`)).toEqual(address);
      }),
    );
    expect(writeAddress({ settings: defaultSettings, run: 0 })).toBe("");
  });

  it("that says nothing sensible is refused by an error of one line, whatever it holds", () => {
    const hostile = [
      "tokens=0",
      "tokens=65",
      "tokens=8.5",
      "tokens=1e9",
      "tokens=",
      "tokens=NaN",
      "tokens=0x10",
      "runs=1e6",
      "runs=-1",
      "seed=4294967296",
      "left=softmux",
      "left=__proto__",
      "left=constructor",
      "loss=toString",
      "optimizer=adamw",
      "optimizer=toString",
      "optimizer=adam&rate=0",
      "optimizer=adam&memory=1",
      "optimizer=adam&steps=0.5",
      "noise=0.1",
      "decay=-1",
      "loss=%3Cscript%3Ealert(1)%3C/script%3E",
      "__proto__=1",
      "constructor=1",
      "tokens=8}%0A@compute",
      "scale=1e999",
      "head=Infinity",
      `left=${"a".repeat(600)}`,
      "unknown=1",
      "run=256",
      "run=1.5",
      "run=",
      "run=-1",
      "t=0",
      "t=-3",
      "t=1e999",
      "t=NaN",
      "scale=-1",
    ];
    // The range is that of the experiment, and is said.
    expect(() => readAddress("#run=64&runs=64")).toThrow(/^run: expected a number from 0 to 63 in this experiment, got "64"$/);
    expect(() => readAddress("#t=5e9&loss=square")).toThrow(/^t: expected a number from 0\.01 to 1000 in this experiment, got "5e9"$/);
    for (const text of hostile) {
      let error: unknown;
      try {
        readAddress(`#${text}`);
      } catch (thrown) {
        error = thrown;
      }
      expect(error, text).toBeInstanceOf(SinkflowError);
      expect((error as Error).message, text).not.toContain("\n");
    }
    const entry = fc.tuple(
      fc.oneof(fc.constantFrom(...Object.keys(defaultSettings), "run", "t"), fc.string()),
      fc.oneof(fc.string(), fc.double().map(String)),
    );
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 5 }), (entries) => {
        try {
          const read = readAddress(`#${new URLSearchParams(entries)}`).settings;
          expect(ensemblesOf(read)).toHaveLength(2); // what is taken can be followed
        } catch (error) {
          expect(error).toBeInstanceOf(SinkflowError);
        }
      }),
    );
  });
});

it("the specification that is taken away is of the ensembles that were followed", () => {
  fc.assert(
    fc.property(anySettings, (settings) => {
      const { points } = readSpecification(yamlOf(specificationOf(settings)), "experiment.yaml");
      const [left, right] = ensemblesOf(settings);
      expect(points.map(({ ensemble }) => ensemble)).toEqual(settings.left === settings.right ? [left] : [left, right]);
      if (settings.left === settings.right) expect(right).toEqual(left);
    }),
  );
});

it("the schema takes both ends of every field's range", () => {
  for (const [key, { min, max }] of Object.entries(numberFields))
    for (const value of [min, max])
      expect(ensemblesOf({ ...defaultSettings, ...settingsOf("adam"), [key]: value }), `${key} ${value}`).toHaveLength(2);
});

it("each optimizer begins with its own default memory; the experiment of Adam's is PyTorch's", () => {
  for (const optimizer of trainings.slice(1)) {
    const { parameter } = memoryOf(optimizer) ?? {};
    const [chosen] = ensemblesOf({ ...defaultSettings, ...settingsOf(optimizer) });
    const { optimizer: own } = parseEnsemble({ tokens: 2, optimizer: { kind: optimizer, learningRate: 1 } });
    for (const name of Object.keys(own as object).filter((name) => name !== "learningRate"))
      expect(chosen.optimizer?.[name as "kind"], name).toEqual(own?.[name as "kind"]);
    expect(parameter === undefined || Object.hasOwn(own as object, parameter)).toBe(true);
  }
  const adam = namedExperiments.find(({ name }) => name === "Adam's memory")?.settings;
  expect(adam).toMatchObject({ optimizer: "adam", memory: 0.999 });
});

it("what the specification leaves out has the page's default", () => {
  const [left] = ensemblesOf(defaultSettings);
  expect(left.values).toEqual({ kind: "gaussian", scale: defaultSettings.scale });
});

it("no setting leads to a shader that the page's bundle leaves out", () => {
  const taken = new Set<string>();
  const take = (settings: Partial<LabSettings>) => {
    const [ensemble] = ensemblesOf({ ...defaultSettings, ...settings });
    for (const program of programNames)
      for (const [, path] of composeReadable(ensemble, program).matchAll(/^\/\/ shaders\/(\S+)$/gm)) taken.add(path as string);
  };
  const sizes = [2, numberFields.tokens.max];
  for (const tokens of sizes) {
    for (const loss of Object.keys(losses) as LossKind[]) for (const left of kinds) take({ loss, left, tokens });
    for (const decay of [0, 0.1])
      for (const optimizer of trainings)
        for (const noise of optimizer === "flow" ? [0] : [0, 0.1]) take({ ...settingsOf(optimizer), tokens, decay, noise });
  }
  expect([...taken].filter((path) => path.startsWith("optimizers/"))).toHaveLength(trainings.length - 1);
  expect(taken).toContain("flow.wgsl");
  expect([...taken].filter((path) => !isOfLab(path))).toEqual([]);
});
