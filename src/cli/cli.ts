#!/usr/bin/env node
// The supervisor: runs the program (main.js) with a pipe as fd 2, and with the user's stderr as fd 3. Graphics drivers write to
// fd 2, and Node has no dup2 to redirect that within a process. Where a driver ends the process, it is started again if it can go on in
// its results folder, three times at most; else the user reads one line.
import { type ChildProcess, spawn } from "node:child_process";
import { writeSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { exitCodes } from "../model/errors.ts";
import { cutShort } from "./interruption.ts";
import type { Told } from "./supervised.ts";

/** Signals by which a driver that fails ends its process. */
const crashes: readonly unknown[] = ["SIGSEGV", "SIGABRT", "SIGBUS", "SIGILL", "SIGFPE", "SIGTRAP"];
const maxRestarts = 3;
const main = fileURLToPath(new URL("./main.js", import.meta.url));

// Before there is a child, which would go on alone if a signal ended this process. A terminal sends the signal to the child, too; a
// signal to this process alone is passed on. A child that does not end by itself within 1.8 s is ended.
let interrupted = false;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.on(signal, () => {
    interrupted = true;
    child.kill(signal);
    setTimeout(() => child.kill("SIGKILL"), 1800).unref();
  });
let child = start(process.argv.slice(2), 0);

/** Starts the program. @param restarts how often it was started before */
function start(args: readonly string[], restarts: number): ChildProcess {
  // NVIDIA's driver keeps compiled programs in the user's cache folder, but for root only where it is asked to. Mesa's always does.
  const kept = { __GL_SHADER_DISK_CACHE: "1" };
  const program = spawn(process.execPath, [...process.execArgv, main, ...args], {
    stdio: ["inherit", "inherit", "pipe", 2, "ipc"],
    env: { ...kept, ...process.env, SINKFLOW_MESSAGES_FD: "3" },
  });
  let chatter = "";
  program.stderr?.on("data", (data: Buffer) => {
    chatter = (chatter + data.toString()).slice(-4096);
  });
  let told: Told = {};
  program.on("message", (message: Told) => {
    told = { ...told, ...message };
  });
  program.on("error", (error) => end(`could not start: ${error.message}. Nothing was written.`));
  program.on("close", (exitCode, signal) => {
    const { code, engine, folder } = told;
    if (code !== undefined) process.exit(code); // the program was done; how the driver ended does not matter
    if (interrupted) end(cutShort(folder), exitCodes.interrupted.code);
    const left = folder
      ? `What is whole in ${folder} stays, and the same command goes on there${args.includes("--fresh") ? ", without --fresh" : ""}.`
      : "Results, if any, are incomplete.";
    const resumable = folder === undefined ? exitCodes.internal.code : exitCodes.interrupted.code;
    if (signal === "SIGKILL") end(`the program was killed (SIGKILL), as the system does where memory runs out. ${left}`, resumable);
    if (/heap out of memory/.test(chatter)) end(`the program ran out of memory. ${left}`, resumable);
    if (crashes.includes(signal) && engine === "webgpu") {
      const isReadOnce = args.includes("-"); // a specification from standard input
      if (folder !== undefined && !isReadOnce && restarts < maxRestarts) {
        write(`the program was ended by ${signal}, as a graphics driver that fails does. It is started again, and goes on in ${folder}.`);
        child = start(
          args.filter((arg) => arg !== "--fresh"),
          restarts + 1,
        );
        return;
      }
      const again = restarts > 0 ? `, and ${restarts} times before` : "";
      const advice = folder === undefined ? "; --engine cpu needs none" : "";
      end(`the program was ended by ${signal}${again}, as a graphics driver that fails does${advice}. ${left}`, exitCodes.device.code);
    }
    if (signal) end(`the program was ended by ${signal}. ${left}`);
    // Node itself failed before the program began: its last line tells why.
    if (exitCode !== null && exitCode > 100) end(`the program failed: ${chatter.trim().split("\n").at(-1) ?? ""}. ${left}`);
    process.exit(exitCode ?? exitCodes.internal.code);
  });
  return program;
}

function write(message: string): void {
  try {
    writeSync(2, `sinkflow: ${message}\n`);
  } catch {} // nobody reads it
}

function end(message: string, exitCode: number = exitCodes.internal.code): never {
  write(message);
  process.exit(exitCode);
}
