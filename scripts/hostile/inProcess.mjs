// Performs command lines in this process, as the supervisor's child would, one after another:   node inProcess.mjs MAIN < LINES > ANSWERS
// A line is a list of arguments in JSON. An answer has the exit code, what was printed, what was said, and the processor time it took. The program's
// entry (dist/main.js) is evaluated anew for every line; what it imports is loaded once. Its threads are ended after each.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { createInterface } from "node:readline";
import workers from "node:worker_threads";

const [main] = process.argv.slice(2);
const { writeSync } = fs;
let printed = { 1: "", 2: "" };
fs.writeSync = (fd, data) => {
  if (!(fd in printed)) return writeSync(fd, data);
  printed[fd] += Buffer.from(data).toString();
  return Buffer.from(data).length;
};
const threads = [];
workers.Worker = class extends workers.Worker {
  constructor(...given) {
    super(...given);
    threads.push(this);
  }
};
syncBuiltinESMExports();

let left;
process.exit = (code) => left(code ?? 0);

// A command that left may still let go of a thread that is ended here: nothing but this timer keeps the process alive then.
setInterval(() => {}, 60_000);
const lines = [];
for await (const line of createInterface({ input: process.stdin })) lines.push(line);
for (const [i, line] of lines.entries()) {
  const args = JSON.parse(line);
  process.argv = [process.execPath, main, ...args];
  printed = { 1: "", 2: "" };
  const began = process.cpuUsage();
  const code = await new Promise((resolve) => {
    left = resolve;
    import(`${main}?${i}`).catch((error) => resolve(`threw ${error.stack}`));
  });
  const { user, system } = process.cpuUsage(began);
  for (const thread of threads.splice(0)) await thread.terminate();
  for (const event of ["SIGINT", "SIGTERM", "SIGHUP", "disconnect", "uncaughtException", "unhandledRejection"])
    process.removeAllListeners(event);
  writeSync(1, `${JSON.stringify({ code, stdout: printed[1].slice(0, 4000), stderr: printed[2], ms: (user + system) / 1000 })}\n`);
}
process.reallyExit(0);
