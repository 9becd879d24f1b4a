import { defineConfig } from "vitest/config";
import { vitePlugin } from "./scripts/build/wgsl.mjs";

export default defineConfig({
  plugins: [vitePlugin],
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: "test/setup.ts",
    pool: "forks", // Dawn does not survive the end of a worker thread
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 15_000 } }, // what a page comes to is waited for; how soon is no test's matter
  },
});
