import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { vitePlugin } from "./scripts/build/wgsl.mjs";

/** Begins with the files that compile most programs, so that no long one is left alone at the end. */
class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => /\/test\/(gpu|parity)\//.test(moduleId);
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  plugins: [vitePlugin],
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: "test/setup.ts",
    sequence: { sequencer: LongFirst },
    pool: "forks", // Dawn does not survive the end of a worker thread
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 15_000 } }, // what a page comes to is waited for; how soon is no test's matter
  },
});
