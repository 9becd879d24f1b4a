import { Command, CommanderError, Option } from "@commander-js/extra-typings";
import { exitCodes, SinkflowError } from "../model/errors.ts";
import { mostRuns } from "../model/point.ts";
import { jsonSchema } from "../model/specification.ts";
import { version } from "../version.ts";
import { benchCommand } from "./bench.ts";
import { devicesCommand } from "./devices.ts";
import { gather, wholeNumber } from "./input.ts";
import { labCommand } from "./lab.ts";
import { reportCommand } from "./report.ts";
import { reproduceCommand } from "./reproduce.ts";
import { runCommand } from "./run.ts";
import { print, say } from "./terminal.ts";
import { verifyCommand } from "./verify.ts";

const engineOption = () =>
  new Option("--engine <kind>", "what computes: WebGPU where there is an adapter, else the CPU")
    .choices(["auto", "webgpu", "cpu"] as const)
    .default("auto" as const);

function program(signal: AbortSignal, exit: (code: number) => void) {
  const sinkflow = new Command("sinkflow")
    .description("Ensembles of value-softmax gradient flows: which token becomes the sink, how fast, and how surely.")
    .version(version)
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ writeOut: (text) => print(text.trimEnd()), writeErr: () => {} });

  sinkflow
    .command("run")
    .description("run one ensemble, or every point of a grid")
    .argument("<spec>", "specification, YAML or JSON; - reads standard input")
    .option("--set <key=value>", "set a key, dotted, in place of what the file says; may be repeated", gather, [])
    .option("--out <dir>", "folder for the results; without it nothing is written")
    .addOption(engineOption())
    .option("--adapter <name>", "adapter, by its name or a part of it")
    .option("--fresh", "replace the results that the folder holds")
    .option(
      "--verify <k>",
      "runs a point that are checked against the float64 reference; 16, or fewer of many values",
      wholeNumber("--verify", 0, mostRuns),
    )
    .option("--no-reduction", "follow every component of the values, also where fewer coordinates give the same")
    .option("--print-wgsl", "print the composed shader program, and run nothing")
    .option("--json", "print one JSON document")
    .option("--quiet", "no progress")
    .addHelpText("after", "\nExample:\n  sinkflow run examples/polarize.yaml --set runs=256 --out results/first")
    .action(async (path, options) => exit(await runCommand(path, options, signal)));

  sinkflow
    .command("verify")
    .description("the same starts on a device and on the float64 reference; exit 5 if they differ beyond the bound")
    .argument("<spec>", "specification, YAML or JSON; - reads standard input")
    .option("--runs <k>", "how many runs of each point", wholeNumber("--runs", 1, mostRuns), 64)
    .option("--set <key=value>", "set a key, dotted, in place of what the file says; may be repeated", gather, [])
    .addOption(engineOption())
    .option("--adapter <name>", "adapter, by its name or a part of it")
    .option("--json", "print one JSON document")
    .option("--quiet", "no progress")
    .addHelpText("after", "\nExample:\n  sinkflow verify examples/polarize.yaml --runs 100")
    .action(async (path, options) => exit(await verifyCommand(path, options, signal)));

  sinkflow
    .command("report")
    .description("draw figures and report.html again from the results in a folder")
    .argument("<dir>", "folder that run --out wrote")
    .addHelpText("after", "\nExample:\n  sinkflow report results/first")
    .action(async (path) => exit(await reportCommand(path)));

  sinkflow
    .command("reproduce")
    .description("the paper's experiments: one run from the authors' start beside many, as figures, data and numbers on a page")
    .argument("[figure...]", "which of them; all if none is named")
    .option("--out <dir>", "folder for the page and its data", "results/paper")
    .addOption(engineOption())
    .option("--adapter <name>", "adapter, by its name or a part of it")
    .option("--fresh", "replace the results that the folder holds")
    .option("--runs <k>", "at most so many runs a point, for a quick look", wholeNumber("--runs", 1, mostRuns))
    .option("--quiet", "no progress")
    .addHelpText("after", "\nExample:\n  sinkflow reproduce logistic tied --out results/two")
    .action(async (figures, options) => exit(await reproduceCommand(figures, options, signal)));

  sinkflow
    .command("devices")
    .description("adapters, features, limits, and which engine auto takes")
    .option("--json", "print one JSON document")
    .addHelpText("after", "\nExample:\n  sinkflow devices --json")
    .action(async (options) => exit(await devicesCommand(options)));

  sinkflow
    .command("bench")
    .description("time standard workloads; with --peers, by turns with what one would write instead")
    .option("--peers", "also time C++, NumPy and PyTorch on the same flows, where g++ and python3 have them")
    .addOption(engineOption())
    .option("--adapter <name>", "adapter, by its name or a part of it")
    .option("--repeat <k>", "measurements of each workload", wholeNumber("--repeat", 1, 1000), 5)
    .option("--json", "print one JSON document")
    .option("--quiet", "no progress")
    .addOption(new Option("--small", "tiny workloads, for tests").hideHelp())
    .addHelpText("after", "\nExample:\n  sinkflow bench --peers --json")
    .action(async (options) => exit(await benchCommand(options, signal)));

  sinkflow
    .command("lab")
    .description("serve the browser app on this machine, at 127.0.0.1")
    .option("--port <p>", "where; 0 takes any that is free", wholeNumber("--port", 0, 65535), 7333)
    .addHelpText("after", "\nExample:\n  sinkflow lab --port 8080")
    .action(async (options) => exit(await labCommand(options, signal)));

  sinkflow
    .command("schema")
    .description("JSON Schema of the specification")
    .addHelpText("after", "\nExample:\n  sinkflow schema > sinkflow.schema.json")
    .action(() => {
      print(JSON.stringify(jsonSchema(), null, 2));
      exit(0);
    });
  return sinkflow;
}

/** Says one line, which ends with whether anything was written. */
function complain(message: string, outcome = "Nothing was written."): void {
  say(
    `${message
      .replace(/\s+/g, " ")
      .trim()
      .replace(/[.;]?$/, ".")} ${outcome}`,
  );
}

/** Tells the user what went wrong. Returns the exit code. */
function failure(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    const noCommand = error.code === "commander.help";
    complain(
      noCommand
        ? "expected a command: run, verify, report, reproduce, devices, bench, lab or schema; --help tells more"
        : error.message.replace(/^error: /, ""),
    );
    return exitCodes.input.code;
  }
  if (error instanceof SinkflowError) {
    complain(error.message, error.outcome);
    return exitCodes[error.failure].code;
  }
  const text = error instanceof Error ? (process.env["SINKFLOW_DEBUG"] ? String(error.stack) : error.message) : String(error);
  say(
    `internal error: ${text
      .split("\n")
      .slice(0, process.env["SINKFLOW_DEBUG"] ? 99 : 1)
      .join("\n")} (please report it to the project with this command; SINKFLOW_DEBUG=1 shows more)`,
  );
  return exitCodes.internal.code;
}

/** Ends the process. The supervisor hears the code first: a driver that is still at work may crash while it is torn down. */
function leave(code: number): void {
  if (process.connected && process.send) process.send({ code }, () => process.exit(code));
  else process.exit(code);
}

const interruption = new AbortController();
function interrupt(): void {
  interruption.abort();
  // What does not listen, such as a driver that compiles, is left behind; a results folder is written in well under this.
  setTimeout(() => leave(exitCodes.interrupted.code), 5000).unref();
}
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, interrupt);
process.on("disconnect", interrupt); // the supervisor is gone
process.channel?.unref();
for (const event of ["uncaughtException", "unhandledRejection"] as const) process.on(event, (error: unknown) => leave(failure(error)));
let code = 0;
try {
  await program(interruption.signal, (value) => {
    code = value;
  }).parseAsync();
} catch (error) {
  code = failure(error);
}
// Not by falling off the end: Dawn's objects keep the process alive as long as they are reachable, and they must be.
leave(code);
