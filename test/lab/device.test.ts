import { readFileSync } from "node:fs";
import { DuckDBInstance } from "@duckdb/node-api";
import type { Download, Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";
import { findDriver } from "../../scripts/drivers/drivers.mjs";
import { readSpecification } from "../../src/model/source.ts";
import { sinkflow } from "../support/cli.ts";
import { barriers, lab, numbersOf, reading as readingOf, whenDone } from "./support.ts";

// WebGPU in the tab, on SwiftShader, which takes some 15 s to compile the programs of an ensemble.

const device = lab("compute");

describe("on a device", () => {
  let page: Page;
  beforeAll(async () => {
    page = await device.open("", { acceptDownloads: true });
    await whenDone(page);
  });
  const reading = (side: "left" | "right", name: string) => readingOf(page, side, name);

  it("the page without settings shows the numbers of run on the driver that the tab has, to the last digit shown", async () => {
    expect(await page.locator(".status").innerText()).toContain("All runs followed on");
    expect(await reading("left", "runs")).toBe("4,096 runs, WebGPU in float32");
    const specification = { tokens: 8, grid: { normalizer: ["softmax", "sigmoid"] } };
    const driver = findDriver(["swiftshader"]);
    if (!driver) throw new Error("no SwiftShader from npm");
    const { env } = driver;
    const { stdout } = await sinkflow(["run", "-", "--json", "--engine", "webgpu"], { input: JSON.stringify(specification), env });
    const { points, adapter } = JSON.parse(stdout);
    expect(adapter.description).toContain("SwiftShader");
    for (const [i, side] of (["left", "right"] as const).entries()) {
      const { sink, polarized, overTime } = points[i];
      const rows = await numbersOf(page, side, "Which token wins");
      const counts = rows.map(([, share]) => Math.round((share as number) * 4096));
      expect(counts).toEqual(sink.counts); // a column of the table has four digits, by which counts of 4,096 are told apart
      expect(await reading(side, "polarized")).toContain(`${(100 * polarized.share).toFixed(2)} %`);
      const entropy = await numbersOf(page, side, "How spread the attention is");
      const last = entropy.at(-1) as number[];
      for (const [column, key] of ["q05", "q25", "median", "q75", "q95"].entries()) {
        const shown = last[column + 1] as number;
        const expected = overTime.entropy[key].at(-1);
        expect(shown).toBe(Number(expected.toPrecision(4)));
      }
    }
  });

  it("agrees with the float64 reference, as its button shows", async () => {
    await page.getByRole("button", { name: /^Check 32 runs/ }).click();
    await page.locator('[data-name="verdict"] p').first().waitFor({ timeout: 60_000 });
    // 1 − 0.025^(1/32) is 10.9 %; a run whose winner is undecided would make it more.
    for (const said of await page.locator('[data-name="verdict"] p').allInnerTexts())
      expect(said).toMatch(
        /^Under (softmax|sigmoid) (32|\d\d of 32) runs were compared in full, and all of them agree with float64: with 95 % confidence at most 1\d\.\d % of the runs that can be compared do not\..* among the 4,064 runs that were not looked at there may be larger ones\.$/,
      );
    const table = page.locator('[data-name="verification"] tbody tr');
    await table.first().waitFor({ timeout: 60_000 });
    const rows = await table.evaluateAll((found) => found.map((row) => [...row.children].map((cell) => cell.textContent)));
    expect(rows.map(([name]) => name)).toEqual(["softmax", "sigmoid"]);
    for (const [, runs, undecided, exceeded, worst, allowed] of rows) {
      expect(Number(runs) + Number(undecided)).toBeGreaterThanOrEqual(32);
      expect(Number(exceeded)).toBe(0);
      // Numbers are told as 5.1·10⁻⁶.
      const number = (text: string | null | undefined) =>
        Number(text?.replace(/·10⁻(.)/, (_, power) => `e-${"⁰¹²³⁴⁵⁶⁷⁸⁹".indexOf(power)}`));
      expect(number(worst)).toBeGreaterThan(0); // another precision, so not the same
      expect(number(worst)).toBeLessThan(number(allowed));
    }
  });

  it("has no serious barrier", async () => {
    expect(await barriers(page)).toEqual([]);
  });

  it("offers the specification, every run as Parquet, and figures and their numbers as files", async () => {
    const take = async (name: string): Promise<{ download: Download; path: string }> => {
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("button", { name, exact: true }).first().click(),
      ]);
      return { download, path: await download.path() };
    };
    const yaml = await take("experiment.yaml");
    expect(yaml.download.suggestedFilename()).toBe("experiment.yaml");
    const { points } = readSpecification(readFileSync(yaml.path, "utf8"), "experiment.yaml");
    expect(points.map(({ ensemble }) => [ensemble.normalizer.kind, ensemble.runs, ensemble.tokens])).toEqual([
      ["softmax", 4096, 8],
      ["sigmoid", 4096, 8],
    ]);
    const { path } = await take("runs.parquet");
    const connection = await (await DuckDBInstance.create()).connect();
    const result = await connection.runAndReadAll(
      `select normalizer, count(*)::int, avg(entropy) from read_parquet('${path}') group by normalizer order by normalizer`,
    );
    const rows = result.getRows();
    expect(rows.map(([name, count]) => [name, count])).toEqual([
      ["sigmoid", 4096],
      ["softmax", 4096],
    ]);
    expect(Number(rows[1]?.[2])).toBeCloseTo(0.1, 1);
    const csv = await take("How spread the attention is: CSV");
    expect(readFileSync(csv.path, "utf8").split("\n")[0]).toBe("time,5 %,25 %,median,75 %,95 %");
    const svg = readFileSync((await take("How spread the attention is: SVG")).path, "utf8");
    expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/);
    expect(svg).toContain("fill: rgb(0, 114, 178)"); // softmax's color, written in
    expect(svg).not.toContain("var(");
    expect(svg).toContain("<title>How spread the attention is, softmax, at the left</title>");
  });

  it("goes on after the device is lost, and keeps the results on the page", async () => {
    const before = await reading("left", "entropy");
    const session = await device.browser.newBrowserCDPSession();
    const { processInfo } = await session.send("SystemInfo.getProcessInfo");
    process.kill(processInfo.find(({ type }) => type === "GPU")?.id as number, "SIGKILL");
    expect(await reading("left", "entropy")).toBe(before);
    await page.getByLabel("trained by").selectOption("adam"); // another ensemble: the programs of optimizers compile in a tab too
    await page.locator('.status [role="status"]', { hasText: "The device was lost" }).waitFor();
    await whenDone(page);
    expect(await page.locator(".problem").count()).toBe(0);
    expect(await reading("left", "runs")).toBe("4,096 runs, WebGPU in float32");
    const [, aligned] = /^Under softmax the token that was best aligned at the start won in ([\d.]+)/.exec(
      await page.locator('[data-name="memory"]').innerText(),
    ) as RegExpExecArray;
    expect(Number(aligned)).toBeLessThan(2); // of ρ = 10; the question about Adam's memory has it
    expect(await page.evaluate(() => location.hash)).toBe("#optimizer=adam");
  });
});
