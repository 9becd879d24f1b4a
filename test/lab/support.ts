import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect } from "vitest";
import { openChromium } from "../../scripts/drivers/chromium.mjs";

const cli = join(import.meta.dirname, "../../dist/cli.js");

/** Starts `sinkflow lab` on a free port, as a user does. */
export async function serve(): Promise<{ url: string; port: number; close(): Promise<number | null> }> {
  const child: ChildProcess = spawn(process.execPath, [cli, "lab", "--port", "0"]);
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  const url = await new Promise<string>((resolve, reject) => {
    let said = "";
    child.stdout?.on("data", (data) => {
      said += data;
      const found = /http:\/\/\S+/.exec(said)?.[0];
      if (found) resolve(found);
    });
    child.on("close", () => reject(new Error("lab ended before it served")));
  });
  return {
    url,
    port: Number(new URL(url).port),
    close: () => {
      child.kill("SIGINT");
      return ended;
    },
  };
}

type Flags = Parameters<typeof openChromium>[0];

/**
 * A server and a browser for the tests of a file. No page may complain: of a refusal by the policy, an error, a request to anywhere else.
 * @returns `open` opens a page at a fragment; `browser` and `complaints` stand once a test runs
 */
export function lab(flags: Flags) {
  let server: Awaited<ReturnType<typeof serve>>;
  let browsing: Awaited<ReturnType<typeof browse>>;
  beforeAll(async () => {
    server = await serve();
    browsing = await browse(flags, server.url);
  });
  afterAll(async () => {
    await browsing.browser.close();
    await server.close();
    expect(browsing.complaints).toEqual([]);
  });
  return {
    open: (...page: Parameters<typeof browsing.open>) => browsing.open(...page),
    get browser() {
      return browsing.browser;
    },
  };
}

/** A browser, and the complaints of its pages: console errors, exceptions, requests to other servers. */
async function browse(flags: Flags, server: string) {
  const browser: Browser = await openChromium(flags);
  const complaints: string[] = [];
  async function open(fragment = "", options: Parameters<Browser["newPage"]>[0] = {}): Promise<Page> {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, reducedMotion: "reduce", ...options });
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    page.on("request", (request) => {
      if (!request.url().startsWith(server) && !request.url().startsWith("blob:")) complaints.push(`asked for ${request.url()}`);
    });
    await page.addInitScript(() =>
      document.addEventListener("securitypolicyviolation", (event) =>
        console.error(`refused: ${event.blockedURI} ${event.violatedDirective}`),
      ),
    );
    await page.goto(`${server}${fragment}`);
    return page;
  }
  return { browser, open, complaints };
}

/** Waits until all runs have been followed. */
export const whenDone = (page: Page, timeout = 90_000) =>
  page.locator('.status [role="status"]', { hasText: "All runs followed" }).waitFor({ timeout });

export const hash = (page: Page) => page.evaluate(() => location.hash);
export const timeOf = (page: Page) => page.getByRole("slider", { name: /^time/ });
export const region = (page: Page, side: "left" | "right") => page.getByRole("region", { name: new RegExp(`at the ${side}$`) });
/** A number that a side says, by its name. */
export const reading = (page: Page, side: "left" | "right", name: string) =>
  region(page, side).locator(`[data-name="${name}"]`).innerText();

/** Enters a number in a field. */
export async function enter(page: Page, label: string, value: string) {
  await page.getByLabel(label, { exact: true }).fill(value);
  await page.getByLabel(label, { exact: true }).press("Enter");
}

/** The numbers in a figure's table, which is opened. */
export async function numbersOf(page: Page, side: "left" | "right" | null, title: string): Promise<number[][]> {
  const within = side ? region(page, side) : page;
  const figure = within.getByRole("figure", { name: title, exact: true });
  const details = figure.locator("details");
  if ((await details.getAttribute("open")) === null) await details.locator("summary").click();
  await figure.locator("tbody tr").first().waitFor();
  const rows = await figure
    .locator("tbody tr")
    .evaluateAll((found) => found.map((row) => [...row.children].map((cell) => cell.textContent)));
  return rows.map((row) => row.map(Number));
}

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe-core finds that is more than minor. Its script is put in past the page's policy, which would refuse it. */
export async function barriers(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { violations } = await (globalThis as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } }).axe.run();
    interface Violation {
      id: string;
      impact: string;
      nodes: { html: string; failureSummary: string }[];
    }
    return violations
      .filter(({ impact }) => impact !== "minor")
      .map(({ id, nodes }) => `${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`);
  });
}
