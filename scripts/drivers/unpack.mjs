// The npm package @sparticuz/chromium holds SwiftShader and a headless Chromium, compressed. They are unpacked once, into node_modules/.cache.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliDecompressSync } from "node:zlib";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Whether the package's binaries run here. */
export const isPackaged = process.platform === "linux" && process.arch === "x64";

/**
 * The folder that holds these files of the package, archives unpacked.
 * @param {string} name of the folder
 * @param {string[]} files without `.br`
 */
export function unpacked(name, files) {
  const entry = createRequire(import.meta.url).resolve("@sparticuz/chromium");
  const bin = join(entry.slice(0, entry.lastIndexOf("@sparticuz")), "@sparticuz/chromium/bin");
  const { version } = JSON.parse(readFileSync(join(bin, "../package.json"), "utf8"));
  const folder = join(root, "node_modules/.cache", name, version);
  if (existsSync(folder)) return folder;
  mkdirSync(dirname(folder), { recursive: true });
  const temporary = mkdtempSync(`${folder}-`);
  for (const file of files) {
    const path = join(temporary, file);
    writeFileSync(path, brotliDecompressSync(readFileSync(join(bin, `${file}.br`))), { mode: 0o755 });
    if (!file.endsWith(".tar")) continue;
    execFileSync("tar", ["-xf", path, "-C", temporary]);
    rmSync(path);
  }
  try {
    renameSync(temporary, folder);
  } catch {
    rmSync(temporary, { recursive: true }); // another process was first
  }
  return folder;
}
