// A fault layer under the program's file operations: preloaded by `node --import`, in its threads too. It stands between the program
// and node:fs/promises (and what fs.createReadStream uses), for paths under `root` alone:
//
//   plan = { root, log?, fault?: { key, nth, action, code?, lasting?, ms? } }
//
// An operation's key is its name and its path in `root`, with the digits of temporaries left out: `rename runs/.000000.parquet.~`.
// The nth operation of that key is failed with `code`, cut short (half of the bytes are written, then it fails), held up for `ms`, or
// the process is killed before it (`kill`) or after it (`killAfter`). With `lasting` every later operation that changes something fails too.
// `log` gets a line of JSON when an operation begins, and one when it ends: with what was written, so that a disk can be simulated.
import fs, { closeSync, openSync, writeSync } from "node:fs";
import promises from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { relative } from "node:path";
import { getEnvironmentData, isMainThread, setEnvironmentData, threadId } from "node:worker_threads";

const changing = new Set(
  "create write writeFile appendFile truncate sync datasync rename link symlink unlink rm rmdir mkdir utimes copyFile".split(" "),
);
/** A full disk still removes files. */
const freeing = new Set(["unlink", "rm", "rmdir"]);
const original = { ...promises };
const { open: openCallback, read: readCallback } = fs;

let plan;
/** Shared by all threads: how many events there were; operations of the fault's key; whether everything fails from now on. */
let shared;
let log;

/** Begins a plan, or ends one. Threads that are started afterwards have it too. */
export function setPlan(next) {
  if (log !== undefined) closeSync(log);
  plan = next;
  shared = new Int32Array(new SharedArrayBuffer(12));
  setEnvironmentData("sinkflow.torture", plan && { plan, shared });
  log = plan?.log && openSync(plan.log, "a");
}

const inherited = isMainThread ? undefined : getEnvironmentData("sinkflow.torture");
if (inherited) {
  ({ plan, shared } = inherited);
  log = plan.log && openSync(plan.log, "a");
} else if (isMainThread && process.env.SINKFLOW_TORTURE && process.argv[1]?.endsWith("main.js")) {
  setPlan(JSON.parse(process.env.SINKFLOW_TORTURE));
}

const inRoot = (path) => plan !== undefined && typeof path === "string" && (path === plan.root || path.startsWith(`${plan.root}/`));
const shown = (path) => (relative(plan.root, path) || ".").replace(/\.[0-9a-f]{12}$/, ".~");
const paths = new WeakMap(); // of file handles
const ids = new WeakMap();
let opened = 0;

function write(entry) {
  if (log !== undefined) writeSync(log, `${JSON.stringify({ at: Atomics.add(shared, 0, 1), thread: threadId, ...entry })}\n`);
}

function failure(code, name, path) {
  return Object.assign(new Error(`${code}: injected, ${name} '${path}'`), { code, errno: -1, syscall: name, path });
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * @param entry what the log has of the operation
 * @param half writes half of the bytes
 */
async function act(name, entry, perform, half) {
  const { fault } = plan;
  const key = `${name} ${shown(entry.path)}`;
  const isHit = fault?.key === key && Atomics.add(shared, 1, 1) === fault.nth;
  const id = Atomics.add(shared, 0, 1);
  write({ id, phase: "begin", name, key, ...entry });
  try {
    if (isHit && fault.action === "kill") process.kill(process.pid, "SIGKILL");
    if (isHit && fault.action === "delay") await pause(fault.ms);
    if (isHit && fault.lasting) Atomics.store(shared, 2, 1);
    if (isHit && fault.action === "short") await half?.();
    if (isHit && ["fail", "short"].includes(fault.action)) throw failure(fault.code, name, entry.path);
    const isChanging = changing.has(name) && !(fault?.code === "ENOSPC" && freeing.has(name));
    if (isChanging && Atomics.load(shared, 2) === 1) throw failure(fault.code, name, entry.path);
    const result = await perform();
    if (isHit && fault.action === "killAfter") process.kill(process.pid, "SIGKILL");
    write({ id, phase: "end", ok: true });
    return result;
  } catch (error) {
    write({ id, phase: "end", ok: false, code: error.code });
    throw error;
  }
}

const text = (data) => (log === undefined || data === undefined ? undefined : Buffer.from(data).toString("base64"));

promises.open = async (path, flags = "r", ...rest) => {
  const file = String(path);
  if (!inRoot(file)) return original.open(path, flags, ...rest);
  const creates = typeof flags === "number" ? (flags & fs.constants.O_CREAT) !== 0 : /[wax]/.test(flags);
  const handleId = `${threadId}-${opened++}`;
  const handle = await act(creates ? "create" : "open", { path: file, flags, handle: handleId }, () => original.open(path, flags, ...rest));
  paths.set(handle, file);
  ids.set(handle, handleId);
  return handle;
};

for (const name of "rename link symlink copyFile".split(" "))
  promises[name] = (from, to, ...rest) => {
    const perform = () => original[name](from, to, ...rest);
    return inRoot(String(from)) || inRoot(String(to))
      ? act(name, { path: String(inRoot(String(from)) ? from : to), to: String(to) }, perform)
      : perform();
  };

for (const name of "unlink rm rmdir mkdir readdir readFile stat lstat access utimes realpath readlink opendir statfs".split(" "))
  promises[name] = (path, ...rest) => {
    const perform = () => original[name](path, ...rest);
    return inRoot(String(path)) ? act(name, { path: String(path) }, perform) : perform();
  };

for (const name of ["writeFile", "appendFile"])
  promises[name] = (path, data, ...rest) => {
    const perform = () => original[name](path, data, ...rest);
    if (typeof path !== "string" || !inRoot(path)) return perform();
    const half = () => original[name](path, Buffer.from(data).subarray(0, data.length >> 1), ...rest);
    return act(name, { path, data: text(data), flags: rest[0]?.flag }, perform, half);
  };

const sample = await original.open(process.execPath, "r");
const prototype = Object.getPrototypeOf(sample);
await sample.close();
for (const name of "writeFile write writev appendFile read readFile sync datasync close truncate utimes stat".split(" ")) {
  const perform = prototype[name];
  prototype[name] = function (...args) {
    const path = paths.get(this);
    if (path === undefined || !inRoot(path)) return perform.apply(this, args);
    const isWrite = ["writeFile", "write", "appendFile"].includes(name);
    const [data] = args;
    const half = isWrite ? () => perform.call(this, Buffer.from(data).subarray(0, data.length >> 1)) : undefined;
    const entry = {
      path,
      handle: ids.get(this),
      ...(isWrite && { data: text(data) }),
      ...(name === "truncate" && { length: args[0] ?? 0 }),
    };
    return act(name === "appendFile" ? "writeFile" : name, entry, () => perform.apply(this, args), half);
  };
}

// What fs.createReadStream uses.
const descriptors = new Map();
fs.open = (path, ...rest) => {
  if (!inRoot(String(path))) return openCallback(path, ...rest);
  const done = rest.pop();
  const perform = () => new Promise((resolve, reject) => openCallback(path, ...rest, (error, fd) => (error ? reject(error) : resolve(fd))));
  act("open", { path: String(path) }, perform).then((fd) => {
    descriptors.set(fd, String(path));
    done(null, fd);
  }, done);
};
fs.read = (fd, ...rest) => {
  const path = descriptors.get(fd);
  if (path === undefined || !inRoot(path)) return readCallback(fd, ...rest);
  const done = rest.pop();
  const perform = () =>
    new Promise((resolve, reject) => readCallback(fd, ...rest, (error, ...read) => (error ? reject(error) : resolve(read))));
  act("read", { path }, perform).then((read) => done(null, ...read), done);
};
syncBuiltinESMExports();
