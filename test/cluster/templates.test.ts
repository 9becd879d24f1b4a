import { spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { exitCodes } from "../../src/model/errors.ts";
import { sinkflow } from "../support/cli.ts";

// The templates for schedulers, with stubs in place of the schedulers' commands and of the program. scripts/cluster/slurm/example.sh
// runs the real ones.

const root = join(import.meta.dirname, "../..");
const cluster = join(root, "scripts/cluster");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const scratch = mkdtempSync(join(tmpdir(), "sinkflow-cluster-"));
afterAll(() => rmSync(scratch, { recursive: true }));
const said = join(scratch, "said.txt");
const program = join(scratch, "program.mjs");
/** Holds the number of the program's process. */
const running = join(scratch, "running.txt");

/** What may be better at the next try; the rest would come again. */
const retried: (keyof typeof exitCodes)[] = ["device", "storage", "interrupted"];
const codes = Object.values(exitCodes).map(({ code }) => code);
const retriedCodes = retried.map((kind) => exitCodes[kind].code).sort((a, b) => a - b);
const finalCodes = codes.filter((code) => code !== 0 && !(retriedCodes as number[]).includes(code)).sort((a, b) => a - b);

function stub(name: string, text: string): void {
  writeFileSync(join(scratch, name), `#!/usr/bin/env bash\n${text}\n`);
  chmodSync(join(scratch, name), 0o755);
}
beforeEach(() => {
  rmSync(said, { force: true });
  stub("scontrol", `[ "$1" != show ] || { echo "PreemptTime=$PREEMPTED"; exit; }\necho "scontrol $*" >>"${said}"`);
  stub("sleep", `echo "sleep $*" >>"${said}"`);
  stub("sbatch", `echo "sbatch $* shards=$SINKFLOW_SHARDS" >>"${said}"; echo "4$(wc -l <"${said}")"`);
  writeFileSync(
    program,
    `import { appendFileSync, writeFileSync } from "node:fs";
     writeFileSync("${running}", String(process.pid));
     const [command] = process.argv.slice(2);
     if (command === "devices") {
       const { ALL = 3, SHOWN = 1, DRI_PRIME } = process.env;
       console.log(JSON.stringify({ adapters: Array(Number(DRI_PRIME ? SHOWN : ALL)).fill({}) }));
     }
     else {
       const gpu = process.env.DRI_PRIME ? process.env.DRI_PRIME + " " : "";
       process.on("SIGTERM", () => { appendFileSync("${said}", "SIGTERM\\n"); setTimeout(() => process.exit(75), 300); });
       appendFileSync("${said}", gpu + process.argv.slice(2).join(" ") + "\\n");
       if (process.env.STAYS) setTimeout(() => {}, 60_000);
       else process.exitCode = Number((command === "merge" ? process.env.MERGE : process.env.CODE) ?? 0);
     }`,
  );
});

/** Runs a script with the stubs first in PATH. `whenSaid` is called once `processes` of the program run. */
async function run(path: string, args: string[], env: Record<string, string> = {}, whenSaid?: (pid: number) => void, processes = 1) {
  const child = spawn("bash", [join(cluster, path), ...args], {
    cwd: scratch,
    env: { ...process.env, PATH: `${scratch}:${process.env["PATH"]}`, SINKFLOW: program, PREEMPTED: "None", ...env },
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (data) => {
    stdout += data;
  });
  child.stderr.on("data", (data) => {
    stderr += data;
  });
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  if (whenSaid) {
    await expect.poll(() => existsSync(said) && readFileSync(said, "utf8").match(/\n/g)?.length).toBe(processes);
    whenSaid(child.pid as number);
  }
  const code = await ended;
  return { code, stdout, stderr, said: existsSync(said) ? readFileSync(said, "utf8").trim().split("\n") : [] };
}

const scripts = readdirSync(cluster, { recursive: true, encoding: "utf8" }).filter((path) => /\.(sh|sbatch)$/.test(path));

describe("the scripts", () => {
  it.each(scripts)("%s is Bash", (path) => {
    const { status, stderr } = spawnSync("bash", ["-n", join(cluster, path)], { encoding: "utf8" });
    expect(stderr).toBe("");
    expect(status).toBe(0);
  });

  it("give the program options that it has", async () => {
    const texts = [...scripts.map((path) => `scripts/cluster/${path}`), "docs/cluster.md"].map(read);
    const manifests = ["sweep", "merge"].map((name) => read(`scripts/cluster/kubernetes/${name}.yaml`).replace(/[[\],]/g, " "));
    const uses = [...texts, ...manifests.map((text) => text.replace("args: ", "dist/cli.js "))].flatMap((text) => [
      ...text.matchAll(/(?:dist\/cli\.js|"\$sinkflow"|"\$SINKFLOW") +(run|merge|devices)\b([^`\n]*)/gi),
    ]);
    const commands = new Set(uses.map(([, command]) => command as string));
    expect([...commands].sort()).toEqual(["devices", "merge", "run"]);
    for (const command of commands) {
      const { stdout } = await sinkflow([command, "--help"]);
      const used = uses.filter(([, other]) => other === command).flatMap(([, , rest = ""]) => rest.match(/--[a-z-]+/g) ?? []);
      for (const option of new Set(used)) expect(stdout, `${command} ${option}`).toMatch(new RegExp(`^ +${option}\\b`, "m"));
      if (command === "run") expect(used).toContain("--shard");
    }
  });

  it("are what docs/cluster.md says of exit codes", () => {
    const list = (numbers: number[]) => `${numbers.slice(0, -1).join(", ")} and ${numbers.at(-1)}`;
    expect(read("docs/cluster.md")).toContain(`exit codes ${list(retriedCodes)} (`);
    expect(read("docs/cluster.md")).toContain(`not on ${list(finalCodes)},`);
  });
});

describe("a task of Slurm", () => {
  const environment = { SLURM_JOB_ID: "40", SLURM_ARRAY_JOB_ID: "40", SLURM_ARRAY_TASK_ID: "5", SINKFLOW_SHARDS: "8" };
  const started = "run sweep.yaml --out results --shard auto --quiet";
  const task = (env: Record<string, string> = {}, whenSaid?: (pid: number) => void) =>
    run("slurm/shard.sbatch", ["sweep.yaml", "results"], { ...environment, ...env }, whenSaid);

  it.each(codes)("that exits %d goes back into the queue if that may help", async (code) => {
    const queued = (retriedCodes as number[]).includes(code) ? ["scontrol requeue 40_5"] : [];
    expect(await task({ CODE: String(code) })).toMatchObject({ code, said: [started, ...queued] });
  });

  it("is tried a bounded number of times", async () => {
    expect((await task({ CODE: "4", SLURM_RESTART_COUNT: "18" })).said).toHaveLength(2);
    expect((await task({ CODE: "4", SLURM_RESTART_COUNT: "19" })).said.slice(2)).toEqual([started]);
  });

  it("asks the program to end when its time is nearly over, and goes on later", async () => {
    const { code, said } = await task({ STAYS: "yes" }, (pid) => process.kill(pid, "SIGUSR1"));
    expect({ code, said }).toEqual({ code: 75, said: [started, "SIGTERM", "scontrol requeue 40_5"] });
  });

  it("passes no second SIGTERM on, and stays cancelled unless it was preempted", async () => {
    /** Slurm signals the script and the program. */
    const both = (pid: number) => {
      for (const each of [pid, Number(readFileSync(running, "utf8"))]) process.kill(each, "SIGTERM");
    };
    expect(await task({ STAYS: "yes" }, both)).toMatchObject({ code: 75, said: [started, "SIGTERM"] });
    rmSync(said);
    const preempted = await task({ STAYS: "yes", PREEMPTED: "2026-01-02T03:04:05" }, both);
    expect(preempted.said).toEqual([started, "SIGTERM", "scontrol requeue 40_5"]);
  });
});

describe("submit.sh", () => {
  const here = join(cluster, "slurm");

  it("submits an array of N tasks from 0, and a merge after it", async () => {
    const { code, stdout, said } = await run("slurm/submit.sh", ["8", "sweep.yaml", "results", "--time=1:00:00"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "job 41: shards of 8; job 42: merge\n" });
    expect(said).toEqual([
      `sbatch --parsable --array=0-7 --time=1:00:00 ${here}/shard.sbatch sweep.yaml results shards=8`,
      `sbatch --parsable --dependency=afterany:41 ${here}/merge.sbatch results shards=8`,
    ]);
  });

  it("keeps N when one task is submitted again", async () => {
    const { said } = await run("slurm/submit.sh", ["8", "sweep.yaml", "results", "--array=5"]);
    expect(said[0]).toContain("--array=0-7 --array=5 "); // sbatch takes the last
    expect(said[0]).toContain("shards=8");
  });

  it.each([[[]], [["0", "sweep.yaml", "results"]], [["sweep.yaml", "results", "8"]]])("refuses %j", async (args) => {
    const { code, stderr, said } = await run("slurm/submit.sh", args);
    expect({ code, said }).toEqual({ code: 2, said: [] });
    expect(stderr).toContain("submit.sh N SPEC DIR");
  });

  it("refuses a program that isn't built", async () => {
    const { code, stderr, said } = await run("slurm/submit.sh", ["8", "a.yaml", "b"], { SINKFLOW: join(scratch, "none.js") });
    expect({ code, said }).toEqual({ code: 2, said: [] });
    expect(stderr).toContain("Nothing was submitted.");
  });
});

describe("the merge job of Slurm", () => {
  it("merges", async () => {
    expect(await run("slurm/merge.sbatch", ["results"])).toMatchObject({ code: 0, said: ["merge results"] });
    rmSync(said);
    expect(await run("slurm/merge.sbatch", ["results"], { MERGE: "5" })).toMatchObject({ code: 5, said: ["merge results"] });
  });

  it("tries again when the lock of a killed task is old, and keeps the code", async () => {
    const { code, said } = await run("slurm/merge.sbatch", ["results"], { MERGE: "4" });
    expect({ code, said }).toEqual({ code: 4, said: ["merge results", "sleep 70", "merge results"] });
  });
});

describe("gpus.sh", () => {
  const shard = (tag: string, i: number) => `${tag} run sweep.yaml --out results --shard ${i}/2 --quiet`;
  const started = [shard("pci-0000_41_00_0!", 0), shard("pci-0000_c1_00_0!", 1)];
  const gpus = (env?: Record<string, string>, whenSaid?: (pid: number) => void) =>
    run("gpus.sh", ["sweep.yaml", "results", "00000000:41:00.0", "0000:C1:00.0"], env, whenSaid, 2);

  it("runs a shard on each, and merges", async () => {
    const { code, said } = await gpus();
    expect(code).toBe(0);
    expect(said.slice(0, -1).sort()).toEqual(started);
    expect(said.at(-1)).toBe("merge results");
  });

  it.each([
    [exitCodes.numerical.code, "merges", 0],
    [exitCodes.device.code, "doesn't merge", exitCodes.device.code],
  ])("where a shard exits %d %s", async (CODE, _, expected) => {
    const { code, said } = await gpus({ CODE: String(CODE) });
    expect(code).toBe(expected);
    expect(said.includes("merge results")).toBe(expected === 0);
  });

  it("ends its processes when it is told to end", async () => {
    const { code, said } = await gpus({ STAYS: "yes" }, (pid) => process.kill(pid, "SIGTERM"));
    expect({ code, said: said.sort() }).toEqual({ code: 75, said: ["SIGTERM", "SIGTERM", ...started].sort() });
  });

  it("refuses where the others are not hidden, too few GPUs, and what is no address", async () => {
    const { code, stderr, said } = await gpus({ SHOWN: "2" });
    expect({ code, said }).toEqual({ code: exitCodes.device.code, said: [] });
    expect(stderr).toContain("00000000:41:00.0: expected one adapter, got 2");
    const few = await gpus({ ALL: "1" });
    expect({ code: few.code, said: few.said }).toEqual({ code: exitCodes.device.code, said: [] });
    expect(few.stderr).toContain("expected 2 adapters at least, got 1");
    const bad = await run("gpus.sh", ["sweep.yaml", "results", "1"]);
    expect({ code: bad.code, said: bad.said }).toEqual({ code: 2, said: [] });
    expect(bad.stderr).toContain("expected a PCI address");
  });
});

describe("the manifests of Kubernetes", () => {
  interface Job {
    kind: string;
    spec: {
      completions: number;
      podFailurePolicy: { rules: { action: string; onExitCodes?: { containerName: string; values: number[] } }[] };
      template: { spec: { containers: { name: string; env: { name: string; value: string }[] }[] } };
    };
  }
  const text = read("scripts/cluster/kubernetes/sweep.yaml");
  const job = (name: string) =>
    parseAllDocuments(read(`scripts/cluster/kubernetes/${name}.yaml`))
      .map((document) => document.toJS() as Job)
      .find(({ kind }) => kind === "Job") as Job;
  const ours = ["sweep.yaml", "merge.yaml"].map((name) => join(cluster, "kubernetes", name));
  const wrong: [what: string, right: string, wrong: string][] = [
    ["a misspelt field", "backoffLimitPerIndex", "backofLimitPerIndex"],
    ["an unknown action", "action: FailIndex", "action: FailTask"],
    ["a text for a number", "completions: 8", "completions: eight"],
    ["a missing field", "restartPolicy: Never\n      containers:", "restartPolicy: Never\n      volumeMounts:"],
    ["an unknown kind", "kind: Job", "kind: Jobs"],
    ["what is no YAML", "metadata:", "metadata: ["],
  ];
  const wrongs = wrong.map((_, i) => join(scratch, `wrong-${i}.yaml`));
  let checked: { status: number | null; lines: string[] };
  beforeAll(() => {
    wrong.forEach(([, right, instead], i) => {
      expect(text).toContain(right);
      writeFileSync(wrongs[i] as string, text.replace(right, instead));
    });
    const { status, stdout } = spawnSync(process.execPath, [join(cluster, "kubernetes/check.mjs"), ...ours, ...wrongs], {
      encoding: "utf8",
    });
    checked = { status, lines: stdout.trim().split("\n") };
  });

  it("are what Kubernetes' schemas allow", () => {
    for (const file of ours) expect(checked.lines).toContain(`${file}: valid`);
  });

  it.each(wrong.map(([what], i) => [what, wrongs[i] as string]))("with %s are refused by the check", (_, file) => {
    expect(checked.lines.some((line) => line.startsWith(`${file}: `))).toBe(true);
    expect(checked.lines).not.toContain(`${file}: valid`);
    expect(checked.status).toBe(1);
  });

  it("have one N", () => {
    const { spec } = job("sweep");
    const [container] = spec.template.spec.containers;
    expect(container?.env.find(({ name }) => name === "SINKFLOW_SHARDS")?.value).toBe(String(spec.completions));
  });

  it.each(["sweep", "merge"])("%s.yaml tries again what may help, and nothing else", (name) => {
    const { spec } = job(name);
    const rules = spec.podFailurePolicy.rules.filter(({ action }) => action !== "Ignore");
    for (const { action, onExitCodes } of rules) {
      expect(action).toMatch(/^Fail(Job|Index)$/);
      expect(spec.template.spec.containers.map((container) => container.name)).toContain(onExitCodes?.containerName);
    }
    expect(rules.flatMap(({ onExitCodes }) => onExitCodes?.values ?? []).sort((a, b) => a - b)).toEqual(finalCodes);
  });
});
