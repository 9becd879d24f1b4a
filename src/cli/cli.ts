#!/usr/bin/env node
// The supervisor: runs the program (main.js) with a pipe as fd 2, and with the user's stderr as fd 3. Graphics drivers write to
// fd 2, and Node has no dup2 to redirect that within a process. Where a driver ends the process, the user reads one line.
import { spawn } from "node:child_process";
import { writeSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { exitCodes } from "../model/errors.ts";
import { cutShort } from "./interruption.ts";

// Before there is a child, which would go on alone if a signal ended this process. A terminal sends the signal to the child, too; a
// signal to this process alone is passed on. A child that does not end by itself within 1.8 s is ended.
let interrupted = false;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.on(signal, () => {
    interrupted = true;
    child.kill(signal);
    setTimeout(() => child.kill("SIGKILL"), 1800).unref();
  });

const main = fileURLToPath(new URL("./main.js", import.meta.url));
// NVIDIA's driver keeps compiled programs in the user's cache folder, but for root only where it is asked to. Mesa's always does.
const kept = { __GL_SHADER_DISK_CACHE: "1" };
const child = spawn(process.execPath, [...process.execArgv, main, ...process.argv.slice(2)], {
  stdio: ["inherit", "inherit", "pipe", 2, "ipc"],
  env: { ...kept, ...process.env, SINKFLOW_MESSAGES_FD: "3" },
});

const incomplete = "Results, if any, are incomplete.";
let chatter = "";
child.stderr?.on("data", (data: Buffer) => {
  chatter = (chatter + data.toString()).slice(-4096);
});
let code: number | undefined;
child.on("message", (message: { code?: number }) => {
  code = message.code;
});
child.on("error", (error) => end(`could not start: ${error.message}. Nothing was written.`));
child.on("close", (exitCode, signal) => {
  if (code !== undefined) process.exit(code); // the program was done; how the driver ended does not matter
  if (interrupted) end(cutShort, exitCodes.interrupted.code);
  if (signal === "SIGKILL") end(`the program was killed (SIGKILL), as the system does where memory runs out. ${incomplete}`);
  if (signal) end(`the program was ended by ${signal}, as a graphics driver that fails does; --engine cpu needs none. ${incomplete}`);
  // Node itself failed before the program began: its last line tells why.
  if (exitCode !== null && exitCode > 100) end(`the program failed: ${chatter.trim().split("\n").at(-1) ?? ""}. ${incomplete}`);
  process.exit(exitCode ?? 1);
});

function end(message: string, exitCode = 1): never {
  try {
    writeSync(2, `sinkflow: ${message}\n`);
  } catch {} // nobody reads it
  process.exit(exitCode);
}
