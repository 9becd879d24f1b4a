// Times the built lab in Chromium on SwiftShader, three times: first figures, all runs, frames, changes of the seed:   node scripts/lab-times.mjs
import { spawn } from "node:child_process";
import { loadavg } from "node:os";
import { openChromium } from "./drivers/chromium.mjs";

const server = spawn(process.execPath, ["dist/cli.js", "lab", "--port", "0"]);
const url = await new Promise((resolve) => {
  server.stdout.on("data", (data) => resolve(/http:\S+/.exec(String(data))?.[0]));
});
const browser = await openChromium();
const rounded = (x) => Math.round(x);
for (let repetition = 0; repetition < 3; repetition++) {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.addInitScript(() => {
    /** When a condition first holds, in ms since navigation began; tested whenever the page changes. */
    globalThis.when = (condition) =>
      new Promise((resolve) => {
        const test = () => {
          if (!condition()) return;
          observer.disconnect();
          resolve(performance.now());
        };
        const observer = new MutationObserver(test);
        observer.observe(document, { childList: true, subtree: true, characterData: true });
        test();
      });
    globalThis.isFollowed = () => /All runs/.test(document.querySelector('[role="status"]')?.textContent ?? "");
    globalThis.firstFigures = when(() => document.querySelector(".side:not(.waiting)") !== null);
  });
  await page.goto(url);
  const first = await page.evaluate(() => firstFigures);
  const all = await page.evaluate(() => when(isFollowed));
  await page.getByRole("button", { name: "To the start" }).click();
  await page.getByRole("button", { name: "Play" }).click();
  const frames = await page.evaluate(async () => {
    const times = [];
    const end = performance.now() + 4000;
    for (let before = performance.now(); before < end; ) {
      const now = await new Promise((resolve) => requestAnimationFrame(resolve));
      times.push(now - before);
      before = now;
    }
    return times.sort((a, b) => a - b);
  });
  const restarts = [];
  for (let seed = 2; seed < 9; seed++) {
    const began = await page.evaluate(() => performance.now());
    await page.evaluate((next) => {
      globalThis.preview = when(() => /^48 runs/.test(document.querySelector('[data-name="runs"]').textContent));
      location.hash = `seed=${next}`;
    }, seed);
    restarts.push((await page.evaluate(() => preview)) - began);
    await page.evaluate(() => when(isFollowed));
  }
  restarts.sort((a, b) => a - b);
  console.log(
    `first figures ${rounded(first)} ms, all runs ${rounded(all)} ms; frames while playing: median ${rounded(frames[frames.length >> 1])} ms, ` +
      `95 % ${rounded(frames[Math.floor(frames.length * 0.95)])} ms; a changed seed is shown after ${rounded(restarts[3])} ms ` +
      `(median of 7; ${rounded(restarts[0])} to ${rounded(restarts[6])}); load ${loadavg()[0].toFixed(1)}`,
  );
  await page.close();
}
await browser.close();
server.kill("SIGINT");
