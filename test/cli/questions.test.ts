import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { questions } from "../../src/report/questions/index.ts";
import { sinkflow } from "../support/cli.ts";

const folder = mkdtempSync(join(tmpdir(), "sinkflow-questions-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("questions", () => {
  it("prints the answers, and with --out also stores sweeps, a page, figures and tables, from which the page is drawn again", async () => {
    const args = ["questions", "first-token", "--runs", "2", "--engine", "cpu", "--quiet"];
    const here = join(folder, "here");
    mkdirSync(here);
    const printed = await sinkflow(args, { cwd: here });
    expect(printed).toMatchObject({ code: 0, stderr: "" });
    expect(printed.stdout).toMatch(/^\nWhat is a head start worth\?:\n {2}With no bias of any kind token 0 wins in .* \[\d/);
    expect(readdirSync(here)).toEqual([]);

    const out = join(folder, "out");
    const stored = await sinkflow([...args, "--out", out]);
    expect(stored).toMatchObject({ code: 0, stderr: "" });
    // What is read from tables says what the rows said.
    expect(stored.stdout.startsWith(printed.stdout.trimEnd())).toBe(true);
    expect(stored.stdout).toContain(`Results: ${out}/ (report.html, figures and their data, and a results folder for each sweep;`);
    const sweeps = ["zero", "scale", "random"].map((part) => `first-token-${part}`);
    expect(readdirSync(out).sort()).toEqual([...sweeps, "figures", "manifest.json", "report.html", "summary.json"].sort());
    const names = ["first-token", "first-token-half"].flatMap((name) => ["csv", "png", "svg"].map((end) => `${name}.${end}`));
    expect(readdirSync(join(out, "figures")).sort()).toEqual([...names, "first-token-halves.csv", "first-token-table.csv"].sort());
    const manifest = JSON.parse(readFileSync(join(out, "manifest.json"), "utf8"));
    expect(manifest).toMatchObject({ complete: true, questions: ["first-token"] });
    expect(manifest.specifications.map(({ name }: { name: string }) => name)).toEqual(sweeps);
    const summary = JSON.parse(readFileSync(join(out, "summary.json"), "utf8"));
    expect(summary.questions[0]).toMatchObject({
      name: "first-token",
      tables: [{ name: "first-token-table" }, { name: "first-token-halves" }],
    });

    // Again it says the same, computes nothing, and leaves every file.
    const bytes = readFileSync(join(out, "report.html"));
    const files = readdirSync(out, { recursive: true });
    expect(await sinkflow([...args, "--out", out])).toMatchObject({ code: 0, stdout: stored.stdout, stderr: "" });
    expect(readdirSync(out, { recursive: true })).toEqual(files);
    expect(JSON.parse(readFileSync(join(out, "manifest.json"), "utf8"))).toEqual(manifest);

    rmSync(join(out, "figures/first-token-table.csv"));
    expect(await sinkflow(["report", out])).toMatchObject({ code: 0, stderr: "" });
    expect(readFileSync(join(out, "report.html")).equals(bytes)).toBe(true);
    expect(existsSync(join(out, "figures/first-token-table.csv"))).toBe(true);
  });

  const known = questions.studies.map(({ name }) => name).join(", ");
  it.each([
    [["first-tokn"], `questions: expected any of ${known}, got "first-tokn" (did you mean "first-token"?)`],
    [["--fresh"], "--fresh: expected --out, the folder of the results that it replaces, got none"],
    [["--runs", "0"], '--runs: expected a whole number from 1 to 2147483647, got "0"'],
  ])("refuses %j in a line", async (args, message) => {
    const result = await sinkflow(["questions", ...args], { cwd: folder });
    expect(result).toMatchObject({ code: 2, stdout: "", stderr: `sinkflow: ${message}. Nothing was written.\n` });
  });
});
