// Runs commands of the program one after another in one process, which is several times faster than a process for each. Started by
// Runner (programs.ts) with layer.mjs preloaded. It takes a line of JSON from stdin, { args, plan? }, and answers on fd 4 with { code }.
// Pictures are not rendered: they are no data, and take most of the time.
import { writeSync } from "node:fs";
import { createRequire, syncBuiltinESMExports } from "node:module";
import os from "node:os";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import threads from "node:worker_threads";
import { setPlan } from "./layer.mjs";

const require = createRequire(process.argv[2]);
const path = require.resolve("@resvg/resvg-js");
const renderAsync = async () => ({ asPng: () => Buffer.from("no picture") });
require.cache[path] = { id: path, filename: path, loaded: true, exports: { renderAsync } };
// Few threads, since each job starts its own.
const parallel = Number(process.argv[3]);
if (parallel > 0) os.availableParallelism = () => parallel;

const live = new Set();
threads.Worker = class extends threads.Worker {
  constructor(...args) {
    super(...args);
    live.add(this);
    this.once("exit", () => live.delete(this));
  }
};
syncBuiltinESMExports();

const main = pathToFileURL(process.argv[2]).href;
const events = ["SIGINT", "SIGTERM", "SIGHUP", "disconnect", "uncaughtException", "unhandledRejection"];
const hold = setInterval(() => {}, 2 ** 30);
let count = 0;
for await (const line of createInterface({ input: process.stdin })) {
  const { args, plan } = JSON.parse(line);
  setPlan(plan);
  process.argv.splice(2, process.argv.length, ...args);
  let exit;
  const exited = new Promise((resolve) => {
    exit = resolve;
  });
  process.exit = exit;
  await import(`${main}?${count++}`);
  const code = await exited;
  for (const worker of live) await worker.terminate();
  for (const event of events) process.removeAllListeners(event);
  setPlan(undefined);
  writeSync(4, `${JSON.stringify({ code })}\n`);
}
clearInterval(hold);
