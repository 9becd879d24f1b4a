import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Fault, planted, tests } from "./fault.ts";

const copied = ["src", "scripts", "shaders", "test", "package.json", "tsconfig.json", "vitest.config.ts"];

/** A copy of the project, in whose shaders faults are planted, and whose tests are run. */
export class Sandbox {
  private readonly root = mkdtempSync(join(tmpdir(), "sinkflow-mutants-"));
  private readonly passing = new Map<keyof typeof tests, boolean>();

  constructor() {
    for (const path of copied) cpSync(path, join(this.root, path), { recursive: true });
    symlinkSync(resolve("node_modules"), join(this.root, "node_modules"));
    writeFileSync(join(this.root, "test/setup.ts"), "export default () => {};\n"); // no test here needs dist/
  }

  /** Whether a fault's test fails with it. Throws where it fails without a fault, too. */
  async sees({ file, test, ...fault }: Fault & { file: string }): Promise<boolean> {
    if (!this.passing.has(test)) this.passing.set(test, await this.passes(test));
    if (!this.passing.get(test)) throw new Error(`${tests[test].file}: fails without a fault`);
    const path = join(this.root, "shaders", file);
    const text = readFileSync(path, "utf8");
    writeFileSync(path, planted(file, text, fault));
    try {
      return !(await this.passes(test));
    } finally {
      writeFileSync(path, text);
    }
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  private passes(test: keyof typeof tests): Promise<boolean> {
    const { file, names }: { file: string; names?: string } = tests[test];
    const args = ["node_modules/vitest/vitest.mjs", "run", file, ...(names === undefined ? [] : ["-t", names]), "--bail", "1"];
    const child = spawn(process.execPath, args, { cwd: this.root, stdio: "ignore" });
    return new Promise((done, failed) => {
      child.on("error", failed);
      child.on("exit", (status) => done(status === 0));
    });
  }
}
