import { execFileSync } from "node:child_process";

/** The command-line tests run dist/: build it from what is being tested. */
export default function setup(): void {
  execFileSync(process.execPath, ["build.mjs"], { stdio: "inherit" });
}
