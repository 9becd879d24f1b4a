// Takes the pictures of the lab in docs/lab/, and the preview of a shared link in src/lab/, from the built page:   node scripts/lab-pictures.mjs
import { spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { openChromium } from "./drivers/chromium.mjs";

const folder = "docs/lab";
await mkdir(folder, { recursive: true });
const server = spawn(process.execPath, ["dist/cli.js", "lab", "--port", "0"]);
const url = await new Promise((resolve) => {
  server.stdout.on("data", (data) => resolve(/http:\S+/.exec(String(data))?.[0]));
});
/** Panels by their headings: the button that is pressed, if any, and what is there when its work is done. */
const panels = [
  { name: "decides", heading: "What decides the winner?", until: "svg" },
  {
    name: "head-start",
    heading: "Give one token a head start",
    button: "Trace the curve",
    until: '[data-name="head-start"]:has-text("Under")',
  },
  { name: "break-it", heading: "Break it", button: /^Break \d+ runs/, until: '[data-name="broken"]:has-text("Under")' },
  { name: "check", heading: "Is it right?", button: /^Check \d+ runs/, until: '[data-name="verification"]' },
];
const ofAdam = [
  { name: "memory", heading: "What does adam remember?", button: /^Trace the curve/, until: '[data-name="memory"]:has-text("Under")' },
];
const pictures = [
  { name: "light", scheme: "light", size: [1440, 900], at: 43 },
  { name: "dark", scheme: "dark", size: [1440, 900], at: 63, fragment: "#run=42" },
  { name: "narrow", scheme: "light", size: [360, 760], at: 63 },
  { name: "4k", scheme: "light", size: [3840, 2160], at: 63 },
  { name: "panels", scheme: "light", size: [1440, 900], at: 63, panels },
  { name: "preview", scheme: "dark", size: [1200, 630], at: 43, fragment: "#tokens=4&run=42", folder: "src/lab" },
  { name: "memory", scheme: "light", size: [1440, 900], at: 63, fragment: "#optimizer=adam", panels: ofAdam },
  { name: "space", scheme: "dark", size: [1600, 900], at: 63, fragment: "#tokens=4&run=42", region: ".space" },
];
const browser = await openChromium();
for (const { name, scheme, size, at, fragment = "", ...rest } of pictures) {
  const page = await browser.newPage({ viewport: { width: size[0], height: size[1] }, colorScheme: scheme, reducedMotion: "reduce" });
  await page.goto(`${url}${fragment}`);
  await page.locator('.status [role="status"]', { hasText: "All runs followed" }).waitFor({ timeout: 120_000 });
  await page.getByRole("slider", { name: /^time/ }).fill(String(at));
  await page.evaluate(() => document.activeElement?.blur());
  const path = `${rest.folder ?? folder}/${name}.png`;
  if ("panels" in rest)
    for (const { name: panel, heading, button, until } of rest.panels) {
      const region = page.getByRole("region", { name: heading });
      if (button) await region.getByRole("button", { name: button }).click();
      await region.locator(until).first().waitFor({ timeout: 240_000 });
      await region.screenshot({ path: `${folder}/${panel}.png` });
    }
  else if (rest.region) await page.locator(rest.region).screenshot({ path });
  else await page.screenshot({ path });
  await page.close();
}
await browser.close();
server.kill("SIGINT");
