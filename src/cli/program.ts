import { Command, Option } from "@commander-js/extra-typings";
import { maxRuns } from "../model/ensemble.ts";
import { exitCodes, type Failure } from "../model/errors.ts";
import { jsonSchema } from "../model/schema.ts";
import { version } from "../version.ts";
import { benchCommand } from "./bench.ts";
import { devicesCommand } from "./devices.ts";
import { gather, precisionFrom, wholeNumber } from "./input.ts";
import { labCommand } from "./lab.ts";
import { mergeCommand } from "./merge.ts";
import { peers } from "./peers.ts";
import { questionsCommand } from "./questions.ts";
import { reportCommand } from "./report.ts";
import { reproduceCommand } from "./reproduce.ts";
import { runCommand } from "./run.ts";
import { print } from "./terminal.ts";
import { verifyCommand } from "./verify.ts";

const engineOption = () =>
  new Option("--engine <kind>", "what computes; auto: WebGPU where there is an adapter, else the CPU")
    .choices(["auto", "webgpu", "cpu"] as const)
    .default("auto" as const);

const defineOption = () =>
  new Option("--define <file>", "module with losses, normalizers or columns of one's own (docs/library.md); may be repeated")
    .default([] as string[])
    .argParser(gather);

/** What follows the options in a command's help: an example, and the exit codes that it can end with. */
function ending(example: string, ...failures: Failure[]): string {
  return `\nExample:\n  sinkflow ${example}\n\n${exitCodeTable(["done", "internal", "input", ...failures])}`;
}

const exitCodeTable = (endings: readonly (keyof typeof exitCodes)[]) =>
  ["Exit codes:", ...endings.map((ending) => `${String(exitCodes[ending].code).padStart(4)}  ${exitCodes[ending].says}`)].join("\n");

const peerNames = (all: typeof peers) => {
  const names = (where: "cpu" | "gpu") => [...new Set(Object.values(all).flatMap((peersOf) => Object.keys(peersOf[where])))].join(", ");
  return `${names("cpu")} where the CPU computes, ${names("gpu")} where a GPU does`;
};

/** The commands with their arguments and options. @param signal interrupts the one that is given */
export function program(signal: AbortSignal) {
  const sinkflow = new Command("sinkflow")
    .description("Ensembles of value-softmax gradient flows: which token wins, how fast, and how surely.")
    .version(version)
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ writeOut: (text) => print(text.trimEnd()), writeErr: () => {} })
    .addHelpText("after", `\n${exitCodeTable(Object.keys(exitCodes) as (keyof typeof exitCodes)[])}`);

  sinkflow
    .command("run")
    .description("run one ensemble, or every point of a grid")
    .argument("<spec>", "specification, YAML or JSON; - reads standard input")
    .option("--set <key=value>", "set a key, dotted, in place of what the file says; may be repeated", gather, [])
    .option(
      "--precision <w>",
      "set runs so that the 95 % interval of a share is no wider than ±w, at each point of a grid: 0.01 takes 9702",
      precisionFrom,
    )
    .option("--out <dir>", "folder for the results; without it nothing is written. One that holds a part of them is gone on with")
    .addOption(engineOption())
    .option("--adapter <name>", "adapter, by its name or a part of it")
    .option(
      "--shard <i/n>",
      "compute parts i, i + n, … alone, i from 0; merge finishes the sweep. auto: i from the scheduler, n from SINKFLOW_SHARDS",
    )
    .addOption(defineOption())
    .option("--fresh", "delete the results that the folder holds, and begin anew")
    .option(
      "--verify <k>",
      "how many runs of each point are checked against the float64 reference; default 16, fewer for large points",
      wholeNumber("--verify", 0, maxRuns),
    )
    .addOption(
      new Option("--rows <which>", "what --out stores beside statistics: a row of every run, or none")
        .choices(["all", "none"] as const)
        .default("all" as const),
    )
    .option("--no-reduction", "follow every component of the values, even where fewer coordinates are enough")
    .option("--print-wgsl", "print the composed shader program, and run nothing")
    .option("--json", "print one JSON document")
    .option("--quiet", "no progress")
    .addHelpText(
      "after",
      ending("run examples/polarize.yaml --set runs=256 --out results/first", "device", "storage", "numerical", "interrupted"),
    )
    .action((path, options) => runCommand(path, options, signal));

  sinkflow
    .command("verify")
    .description("run the same starts on a device and on the float64 reference, and compare them")
    .argument("<spec>", "specification, YAML or JSON; - reads standard input")
    .option("--runs <k>", "how many runs of each point", wholeNumber("--runs", 1, maxRuns), 64)
    .addOption(defineOption())
    .option("--set <key=value>", "set a key, dotted, in place of what the file says; may be repeated", gather, [])
    .addOption(engineOption())
    .option("--adapter <name>", "adapter, by its name or a part of it")
    .option("--json", "print one JSON document")
    .option("--quiet", "no progress")
    .addHelpText("after", ending("verify examples/polarize.yaml --runs 100", "device", "numerical", "interrupted"))
    .action((path, options) => verifyCommand(path, options, signal));

  sinkflow
    .command("merge")
    .description("finish a sweep of which shards have written all parts: its summary, figures and report")
    .argument("<dir...>", "folders that run --shard wrote")
    .option("--out <dir>", "folder for the results; of one folder the default is that folder itself")
    .addOption(defineOption())
    .option("--mixed", "put parts of several adapters together; the manifest tells which is whose")
    .option("--json", "print one JSON document")
    .option("--quiet", "no progress")
    .addHelpText("after", ending("merge results/shards", "storage", "numerical", "interrupted"))
    .action((paths, options) => mergeCommand(paths, options, signal));

  sinkflow
    .command("report")
    .description("draw figures and report.html again from the results in a folder")
    .argument("<dir>", "folder that run, reproduce or questions wrote")
    .addOption(defineOption())
    .addHelpText("after", ending("report results/first", "storage", "interrupted"))
    .action((path, options) => reportCommand(path, options, signal));

  sinkflow
    .command("reproduce")
    .description("repeat the paper's experiments: one run from the authors' start beside many, as a page with figures, numbers and data")
    .argument("[figure...]", "which experiments; default: all")
    .option("--out <dir>", "folder for the page and its data", "results/paper")
    .addOption(engineOption())
    .option("--adapter <name>", "adapter, by its name or a part of it")
    .option("--fresh", "replace the results that the folder holds")
    .option("--runs <k>", "most runs of a point, for a quick look", wholeNumber("--runs", 1, maxRuns))
    .option("--quiet", "no progress")
    .addHelpText("after", ending("reproduce logistic tied --out results/two", "device", "storage", "numerical", "interrupted"))
    .action((figures, options) => reproduceCommand(figures, options, signal));

  sinkflow
    .command("questions")
    .description("ask the runs: questions about who wins, when and why, each answered by sweeps, with figures, sentences and data")
    .argument("[name...]", "which questions; default: all")
    .option("--out <dir>", "folder for the page and its data; without it the answers are printed, and nothing is written")
    .addOption(engineOption())
    .option("--adapter <name>", "adapter, by its name or a part of it")
    .option("--fresh", "replace the results that the folder holds")
    .option("--runs <k>", "runs of each point, in place of those of the question", wholeNumber("--runs", 1, maxRuns))
    .option("--quiet", "no progress")
    .addHelpText("after", ending("questions polarization --out results/questions", "device", "storage", "numerical", "interrupted"))
    .action((names, options) => questionsCommand(names, options, signal));

  sinkflow
    .command("devices")
    .description("list adapters, their features and limits, and which engine auto takes")
    .option("--json", "print one JSON document")
    .addHelpText("after", ending("devices --json"))
    .action((options) => devicesCommand(options));

  sinkflow
    .command("bench")
    .description("time standard workloads; with --peers, in turns with other programs for the same flows")
    .option("--peers", `also time what is installed of these: ${peerNames(peers)}`)
    .option("--sweep", "time whole sweeps instead, each as a command: with rows and without, many kinds, many numbers, the start")
    .addOption(engineOption())
    .option("--adapter <name>", "adapter, by its name or a part of it")
    .option("--repeat <k>", "measurements of each workload", wholeNumber("--repeat", 1, 1000), 5)
    .option("--json", "print one JSON document")
    .option("--quiet", "no progress")
    .addOption(new Option("--small", "tiny workloads, for tests").hideHelp())
    .addHelpText("after", ending("bench --peers --json", "device", "numerical", "interrupted"))
    .action((options) => benchCommand(options, signal));

  sinkflow
    .command("lab")
    .description("serve the browser app on this machine, at 127.0.0.1")
    .option("--port <p>", "port; 0 takes any that is free", wholeNumber("--port", 0, 65535), 7333)
    .addHelpText("after", ending("lab --port 8080"))
    .action((options) => labCommand(options, signal));

  sinkflow
    .command("schema")
    .description("print the JSON Schema of a specification")
    .addHelpText("after", ending("schema > sinkflow.schema.json"))
    .action(() => print(JSON.stringify(jsonSchema(), null, 2)));
  return sinkflow;
}
