import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type * as Library from "../../src/index.ts";
import { findAdapter } from "../../src/node.ts";
import { sinkflow } from "../support/cli.ts";

// As a program has it: its threads are files beside it.
const library: typeof Library = await import(new URL("../../dist/indexNode.js", import.meta.url).href);
const { simulate, verify, defineColumn, defineLoss, SpecificationError, SinkflowError } = library;

const specification = {
  tokens: 2,
  dim: 1,
  runs: 30,
  loss: "exponential",
  integrator: { kind: "euler", step: 0.1 },
  until: { time: 3 },
  record: { vectors: true },
  grid: { seed: [1, 2] },
};
type Json = Record<string, unknown>;
const withoutTiming = ({ timing: _, rows: __, vectors: ___, ...point }: Json) => JSON.parse(JSON.stringify(point));

it("simulate gives what run --json prints, with its rows, and nothing of the driver reaches the program's streams", async () => {
  const program = `import { readFileSync } from "node:fs"; import { simulate } from "sinkflow";
    const { points, ...head } = await simulate(${JSON.stringify(specification)}, { engine: "webgpu" });
    const children = () => readFileSync("/proc/self/task/" + process.pid + "/children", "utf8").trim();
    const kept = children();
    await simulate(${JSON.stringify(specification)}, { engine: "webgpu" });
    head.children = [kept, children()];
    head.told = Date.now();
    const plain = (value) => (ArrayBuffer.isView(value) ? [value.constructor.name, ...value] : value);
    console.log(JSON.stringify({ ...head, points }, (_, value) => plain(value)));`;
  const { stdout, stderr, status } = spawnSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" });
  expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
  const ended = Date.now();
  const [ours, theirs] = [
    JSON.parse(stdout),
    await sinkflow(["run", "-", "--engine", "webgpu", "--json", "--quiet"], { input: JSON.stringify(specification) }),
  ];
  const printed = JSON.parse(theirs.stdout);
  // The second call takes over the process of the first one, which would wait for ten seconds, but not keep the program alive.
  expect(ours.children).toEqual([expect.stringMatching(/^\d+$/), ours.children[0]]);
  expect(ended - ours.told).toBeLessThan(8000);
  const { timing: _, points: __, ...head } = printed;
  expect(ours).toMatchObject(head);
  expect(ours.points.map(withoutTiming)).toEqual(printed.points.map(withoutTiming));
  for (const { rows, vectors, sink, entropy } of ours.points) {
    expect(rows.entropy[0]).toBe("Float32Array");
    expect(rows.sink[0]).toBe("Int32Array");
    const counts = [0, 1].map((token) => rows.sink.slice(1).filter((each: number) => each === token).length);
    expect(counts).toEqual(sink.counts);
    const entropies: number[] = rows.entropy.slice(1);
    expect(entropies).toHaveLength(30);
    expect(entropies.reduce((sum, x) => sum + x, 0) / 30).toBeCloseTo(entropy.mean, 6);
    const [, ...weights] = vectors.weights as [string, ...number[]];
    for (let run = 0; run < 30; run++) expect((weights[run] as number) + (weights[30 + run] as number)).toBeCloseTo(1, 6);
  }
});

describe("on the CPU", () => {
  const small = { tokens: 2, runs: 3, until: { time: 1 } };
  const failing = (spec: Library.Specification, options: Library.Options = {}) =>
    simulate(spec, { engine: "cpu", ...options }).then(
      () => undefined,
      (error) => error,
    );

  it("numbers are float64, and what is absent is −1 or NaN", async () => {
    const { engine, points } = await simulate({ ...small, logits: "zero", values: "zero" }, { engine: "cpu" });
    expect(engine).toBe("cpu");
    const { rows } = points[0] as Library.Point;
    expect(rows.entropy).toEqual(Float64Array.of(Math.LN2, Math.LN2, Math.LN2));
    expect(rows.sink).toEqual(Int32Array.of(-1, -1, -1));
    expect([...(rows.sinkNorm as Float64Array)]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    expect(library.statusNames[(rows.status?.[0] as number) - 1]).toBe("completed");
  });

  it("a wrong specification throws SpecificationError with its path", async () => {
    const wrong = await failing({ ...small, grid: { "values.scale": [1, -1] } });
    expect(wrong).toBeInstanceOf(SpecificationError);
    expect(wrong.path).toEqual(["grid", "values.scale", 1]);
    expect((await failing(null as never)).message).toBe("specification: expected an object, got null");
    expect((await failing({ ...small, tokns: 3 })).message).toMatch(/unknown key "tokns"/);
    const endless: Json = { ...small };
    expect((await failing(Object.assign(endless, { values: endless }))).path).toEqual(["values"]);
    expect(await failing(small, { define: ["none.mjs"] })).toBeInstanceOf(SinkflowError);
    await expect(verify(small, { engine: "cpu" } as never)).rejects.toThrow(/expected webgpu or auto, got cpu/);
  });

  it("an interrupted call rejects with the signal's reason, long before the runs are done", async () => {
    const reason = new Error("mine");
    expect(await failing(small, { signal: AbortSignal.abort(reason) })).toBe(reason);
    const controller = new AbortController();
    const began = performance.now();
    const onProgress = () => controller.abort(reason);
    const hours = { tokens: 4, runs: 100_000_000 };
    expect(await failing(hours, { signal: controller.signal, onProgress })).toBe(reason);
    expect(performance.now() - began).toBeLessThan(60_000);
  });

  it("a definition that the program holds is computed on its thread, which does other things between, and is gone afterwards", async () => {
    const loss = defineLoss({
      kind: "plain",
      aim: "output",
      wgsl: "fn loss_value(y: Vector, beta: Aim) -> f32 { return 0.0; }\nfn loss_gradient(y: Vector, beta: Aim) -> Vector { return Vector(); }",
      value: (y, beta) => y.reduce((sum, x, k) => sum + (x - (beta[k] ?? 0)) ** 2, 0) / 2,
      gradient: (y, beta) => y.map((x, k) => x - (beta[k] ?? 0)),
    });
    const scale = 3;
    const size = defineColumn({
      name: "size",
      says: "Σ‖v_i‖",
      wgsl: "3.0 * sum_tokens(norms)",
      value: ({ norms }) => scale * norms.reduce((sum, x) => sum + x, 0),
    });
    let turns = 0;
    const turning = setInterval(() => turns++, 1);
    const both = { ...small, runs: 20, record: { columns: ["size"], vectors: true }, grid: { loss: ["plain", "square"] } };
    const { points, definitions } = await simulate(both, { engine: "cpu", define: [loss, size] });
    clearInterval(turning);
    expect(turns).toBeGreaterThan(1);
    const hash = expect.stringMatching(/^[0-9a-f]{64}$/);
    expect(definitions).toEqual({ "loss plain": hash, "column size": hash });
    const [own, built] = points as [(typeof points)[number], (typeof points)[number]];
    expect(own.rows.sink).toEqual(built.rows.sink);
    expect(own.rows.size).toBeInstanceOf(Float64Array);
    expect(own.rows.size).toEqual(built.rows.size);
    expect(Math.min(...(own.rows.size as Float64Array))).toBeGreaterThan(0);
    expect(own.columns?.["size"]?.mean).toBeGreaterThan(0);
    expect((await failing({ ...small, loss: "plain" })).path).toEqual(["loss"]);
  });
});

it("an option that there is not, or that is of another kind, is refused by its name", async () => {
  const refused: [object, string][] = [
    [
      { engin: "cpu" },
      'engin: unknown option; expected one of engine, gpu, device, adapter, define, onProgress, signal, verify, statistics (did you mean "engine"?)',
    ],
    [{ engine: "gpu" }, 'engine: expected one of auto, webgpu, cpu, got "gpu"'],
    [{ define: { kind: "own" } }, 'define: expected a list of definitions and addresses of modules, got {"kind":"own"}'],
    [{ signal: 5 }, "signal: expected an AbortSignal, got 5"],
    [null as never, "options: expected an object, got null"],
    ["cpu" as never, 'options: expected an object, got "cpu"'],
  ];
  for (const [options, message] of refused) {
    const error = await simulate(specification, options).catch((error) => error);
    expect(error).toBeInstanceOf(SinkflowError);
    expect(error).toMatchObject({ message, failure: "input" });
    expect(() => library.simulateChunks(specification, options)).toThrow(message);
  }
  await expect(verify(specification, { verify: 2 } as never)).rejects.toThrow("verify: unknown option; expected one of");
});

it("an interrupted call does not keep the program alive, whatever the device is at", () => {
  const program = `import { simulate } from "sinkflow";
    const hours = { tokens: 4, runs: 100_000_000 };
    const controller = new AbortController();
    const onProgress = () => controller.abort();
    await simulate(hours, { engine: "webgpu", signal: controller.signal, onProgress }).catch(({ name }) => console.log(name));
    console.log(process.getActiveResourcesInfo().includes("ProcessWrap")); // what keeps it alive`;
  const { stdout, stderr, status } = spawnSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" });
  expect({ stdout, stderr, status }).toEqual({ stdout: "AbortError\nfalse\n", stderr: "", status: 0 });
});

it("the code of docs/library.md runs", () => {
  const text = readFileSync("docs/library.md", "utf8");
  const blocks = [...text.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(([, code]) => code as string);
  const told = blocks.map((code) => {
    const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8" });
    return stdout + stderr;
  });
  expect(told).toEqual([
    expect.stringMatching(/^softmax \[ .* \] 64\nsigmoid \[ .* \] 64\n$/),
    expect.stringMatching(/^0 0 64 64\n1 0 64 64\n\[ \d+, \d+, \d+, \d+ \]\n$/),
    expect.stringMatching(/^[1-9]\d?\n$/),
    "64 true\n",
    expect.stringMatching(/^\[ \d+, \d+, \d+, \d+ \]\n$/),
    "64 true\n",
  ]);
});

it("a device that is handed in computes, and stays open", async () => {
  const adapter = (await findAdapter()) as GPUAdapter;
  const device = await adapter.requestDevice();
  const { verification, adapter: told } = await verify({ ...specification, record: {}, grid: {} }, { device, runs: 4 });
  expect(verification).toMatchObject({ runs: 4, exceeded: 0 });
  expect(told?.description).toBe(adapter.info.description);
  device.createBuffer({ size: 16, usage: 4 }).destroy();
  await device.queue.onSubmittedWorkDone();
  device.destroy();
});
