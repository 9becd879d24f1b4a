// The built lab in Chromium on a GPU, beside `run` on this machine's adapter: its numbers, time to the first figures, and the rate of
// 100,000 runs:   node scripts/lab-check.mjs        On SwiftShader instead: node scripts/lab-check.mjs compute
import { execFileSync, spawn } from "node:child_process";
import { openChromium } from "./drivers/chromium.mjs";

const webgpu = process.argv[2] ?? "gpu";
const server = spawn(process.execPath, ["dist/cli.js", "lab", "--port", "0"]);
const url = await new Promise((resolve) => {
  server.stdout.on("data", (data) => resolve(/http:\S+/.exec(String(data))?.[0]));
});
const browser = await openChromium(webgpu);
const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });

/** Opens the lab with these settings. Seconds to the first figures and to the end of all runs. */
async function open(fragment) {
  const began = performance.now();
  await page.goto("about:blank");
  await page.goto(`${url}#${fragment}`);
  await page.locator(".side:not(.waiting)").first().waitFor({ timeout: 120_000 });
  const first = performance.now();
  await page.locator('.status [role="status"]', { hasText: "All runs followed" }).waitFor({ timeout: 300_000 });
  return { first: (first - began) / 1000, all: (performance.now() - began) / 1000 };
}

/** The counts of sinks that a side shows. */
async function countsOf(side, runs) {
  const figure = page
    .getByRole("region", { name: new RegExp(`at the ${side}$`) })
    .getByRole("figure", { name: "Which token wins", exact: true });
  await figure.locator("summary").click();
  const shares = await figure.locator("tbody tr").evaluateAll((rows) => rows.map((row) => Number(row.children[1].textContent)));
  return shares.map((share) => Math.round(share * runs));
}

try {
  await page.goto(url);
  const adapter = await page.evaluate(async () => {
    const found = await navigator.gpu?.requestAdapter();
    if (!found) return undefined;
    const { vendor, architecture, description, isFallbackAdapter: fallback } = found.info;
    return { fallback, description: description || `${vendor} ${architecture}` };
  });
  if (webgpu === "gpu" && (!adapter || adapter.fallback)) {
    console.log(`no GPU in a tab here: ${adapter ? `${adapter.description} is a driver on the CPU` : "Chromium has no adapter"}`);
    process.exitCode = 3;
  } else {
    const runs = 4096;
    const { first, all } = await open("");
    const shown = [await countsOf("left", runs), await countsOf("right", runs)];
    const specification = { tokens: 8, runs, grid: { normalizer: ["softmax", "sigmoid"] } };
    const args = ["dist/cli.js", "run", "-", "--json", "--quiet", "--engine", "webgpu"];
    const { points, adapter: own } = JSON.parse(execFileSync(process.execPath, args, { input: JSON.stringify(specification) }));
    const counts = points.map(({ sink }) => sink.counts);
    const differences = counts.flatMap((side, i) => side.map((count, token) => Math.abs(count - shown[i][token])));
    const differing = differences.filter((difference) => difference > 0).length;
    const many = 100_000;
    const { all: seconds } = await open(`runs=${many}`);
    console.log(
      [
        `in the tab: ${adapter.description}; run: ${own.description || own.device}`,
        `first figures after ${first.toFixed(2)} s, all ${runs} runs of both sides after ${all.toFixed(2)} s`,
        `counts of sinks: ${differing} of ${counts.flat().length} differ from those of run, by ${Math.max(...differences)} at most (a shared driver gives 0)`,
        `${many} runs of both sides: ${seconds.toFixed(2)} s, ${Math.round((2 * many) / seconds)} runs/s`,
      ].join("\n"),
    );
  }
} finally {
  await browser.close();
  server.kill("SIGINT");
}
