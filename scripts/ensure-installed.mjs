// Installs the packages if they are missing or older than the lockfile. Also what `npm test` runs first.
import { spawnSync } from "node:child_process";
import { existsSync, lstatSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));
const folder = join(root, "node_modules");
const installed = join(folder, ".package-lock.json");
// Through a link, npm ci would empty a folder that others use.
const isLink = lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;

if (isLink) {
  if (!existsSync(installed)) {
    console.error("node_modules: expected installed packages, got a link to a folder without them. Nothing was installed.");
    process.exit(1);
  }
} else if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(join(root, "package-lock.json")).mtimeMs) {
  console.error("installing packages (once)");
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const { status, error } = spawnSync("npm", args, { cwd: root, stdio: "inherit", shell: process.platform === "win32" });
  if (status !== 0) {
    console.error(`npm ci failed${error ? `: ${error.message}` : ""}`);
    process.exit(status ?? 1);
  }
}
