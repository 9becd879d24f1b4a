import { CommanderError } from "@commander-js/extra-typings";
import { exitCodes, nothingWritten, SinkflowError, shortened } from "../model/errors.ts";
import { cutShort } from "./interruption.ts";
import { program } from "./program.ts";
import { writtenFolder } from "./supervised.ts";
import { say } from "./terminal.ts";

/** Prints one line, which ends with whether anything was written. */
function complain(message: string, outcome = nothingWritten): void {
  const line = message.replace(/\s+/g, " ").trim();
  say(`${line.replace(/[.;]?$/, ".")} ${outcome}`);
}

/** Tells the user what went wrong. Returns the exit code. */
function failure(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    const commands = sinkflow.commands.map((command) => command.name()).join(", ");
    const noCommand = error.code === "commander.help";
    complain(
      noCommand
        ? `expected a command, one of ${commands}; --help tells more`
        : error.message.replace(/^error: /, "").replace(/'([^']*)'/g, (_, word: string) => `'${shortened(word)}'`),
    );
    return exitCodes.input.code;
  }
  if (error instanceof SinkflowError) {
    complain(error.message, error.outcome);
    return exitCodes[error.failure].code;
  }
  const { outcome } = error as { outcome?: string }; // of orAbandon
  const isDebug = process.env["SINKFLOW_DEBUG"];
  const text = error instanceof Error ? (isDebug ? String(error.stack) : error.message) : String(error);
  const lines = text.split("\n").slice(0, isDebug ? 99 : 1);
  say(
    `internal error: ${lines.join("\n")} (please report it to the project with this command; SINKFLOW_DEBUG=1 shows more)${outcome === undefined ? "" : `. ${outcome}`}`,
  );
  return exitCodes.internal.code;
}

/**
 * Ends the process. The supervisor gets the exit code before, since a driver that still works may crash at the end. One that still compiles may print what it fails
 * to compile then, on standard output: so a process that gave work up ends without an end.
 */
function leave(code: number): void {
  const end = () => {
    if (code === exitCodes.done.code) process.exit(code);
    process.emit("exit", code);
    process.kill(process.pid, "SIGKILL");
  };
  if (process.connected && process.send) process.send({ code }, end);
  else process.exit(code);
}

const interruption = new AbortController();
function interrupt(): void {
  const giveUp = () => {
    say(cutShort(writtenFolder()));
    leave(exitCodes.interrupted.code);
  };
  const isSecond = interruption.signal.aborted;
  interruption.abort();
  // A driver that compiles does not stop: it is given up before the supervisor gives this process up.
  if (isSecond) giveUp();
  else setTimeout(giveUp, 1500).unref();
}
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, interrupt);
process.on("disconnect", interrupt); // the supervisor is gone
if (process.connected === false) interrupt(); // and was so before this line
process.channel?.unref();
for (const event of ["uncaughtException", "unhandledRejection"] as const)
  process.on(event, (error: unknown) => {
    // The supervisor is gone, and with it the pipes to it: the program ends as for a signal.
    if ((error as NodeJS.ErrnoException | undefined)?.code === "EPIPE") interrupt();
    else leave(failure(error));
  });
const sinkflow = program(interruption.signal);
// The process does not end by itself: Dawn's objects keep it alive as long as they are reachable, and they must stay reachable.
await sinkflow.parseAsync().then(
  () => leave(exitCodes.done.code),
  (error: unknown) => leave(failure(error)),
);
