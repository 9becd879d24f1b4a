// npm run quickstart: installs and builds what is missing, then runs examples/polarize.yaml on the best engine at hand.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import "./ensure-installed.mjs";

const root = fileURLToPath(new URL("../", import.meta.url));

function step(name, command, args, env = {}) {
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, ...env },
    shell: process.platform === "win32",
  });
  if (result.status === 0) return;
  if (result.error) console.error(`quickstart: ${name}: ${result.error.message}`);
  process.exit(result.status ?? 1);
}

const newest = (path) =>
  statSync(path).isDirectory() ? Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name)))) : statSync(path).mtimeMs;

const built = join(root, "dist/cli.js");
const sources = ["src", "shaders", "build.mjs", "package.json"].map((path) => newest(join(root, path)));
if (!existsSync(built) || statSync(built).mtimeMs < Math.max(...sources)) {
  console.error("quickstart: building");
  step("build", process.execPath, ["build.mjs"]);
}

const { findDriver } = await import("./drivers/drivers.mjs");
const driver = findDriver(["system", "swiftshader"]);
if (driver?.name === "swiftshader") console.error("quickstart: no GPU or Vulkan driver here; using SwiftShader from npm, on the CPU");
else if (driver) console.error(`quickstart: using ${driver.description}`);
else console.error("quickstart: no WebGPU adapter to be had here; computing on the CPU engine, in float64");
const out = process.argv[2] ?? "results/quickstart";
step(
  "run",
  process.execPath,
  [built, "run", "examples/polarize.yaml", "--out", out, "--fresh", ...(driver ? [] : ["--engine", "cpu"])],
  driver?.env,
);
