import { describe, expect, it } from "vitest";
import { losses } from "../../src/model/losses.ts";
import { normalizers } from "../../src/model/normalizers.ts";
import { optimizers } from "../../src/model/optimizers.ts";
import { sinkflow } from "../support/cli.ts";
import { barriers, enter, hash, lab, numbersOf, reading, region, timeOf, whenDone } from "./support.ts";

// What needs no device: on the CPU engine, without WebGPU, which is fast.

const { open } = lab("none");

describe("without WebGPU", () => {
  it("says so, and shows what run computes: the same sinks, entropies and shares", async () => {
    const page = await open("#runs=512&tokens=5&seed=7");
    await whenDone(page);
    expect(await page.locator(".status").innerText()).toContain("offers no WebGPU adapter");
    const specification = { tokens: 5, runs: 512, seed: 7, grid: { normalizer: ["softmax", "sigmoid"] } };
    const { stdout } = await sinkflow(["run", "-", "--json", "--engine", "cpu"], { input: JSON.stringify(specification) });
    const { points } = JSON.parse(stdout);
    for (const [i, side] of (["left", "right"] as const).entries()) {
      const rows = await numbersOf(page, side, "Which token wins");
      expect(rows.map(([, share]) => Math.round((share as number) * 512))).toEqual(points[i].sink.counts);
      // Shown to four digits.
      rows.forEach(([, , low, high], token) => {
        expect(low).toBeCloseTo(points[i].sink.interval[token][0], 4);
        expect(high).toBeCloseTo(points[i].sink.interval[token][1], 4);
      });
      const entropy = await numbersOf(page, side, "How spread the attention is");
      const { times, entropy: bands } = points[i].overTime;
      expect(entropy.length).toBe(times.length);
      entropy.forEach(([time, , , median], slot) => {
        expect(time).toBeCloseTo(times[slot], -Math.floor(Math.log10(times[slot])) + 2);
        expect(Math.abs((median as number) - bands.median[slot])).toBeLessThanOrEqual(0.0005 * bands.median[slot]);
      });
    }
    await page.close();
  });

  it("moves through log time by play, pause, steps and the slider", async () => {
    const page = await open("#runs=64", { reducedMotion: "no-preference" });
    const time = timeOf(page);
    const at = async () => Number(await time.inputValue());
    await whenDone(page);
    await page.getByRole("button", { name: "Pause" }).click();
    const paused = await at();
    await page.waitForTimeout(400);
    expect(await at()).toBe(paused);
    await page.getByRole("button", { name: "Step", exact: true }).click();
    expect(await at()).toBe(paused + 1);
    await page.getByRole("button", { name: "Step back" }).click();
    await page.getByRole("button", { name: "Step back" }).click();
    expect(await at()).toBe(paused - 1);
    await page.getByRole("button", { name: "Play" }).click();
    await expect.poll(at).toBeGreaterThan(paused + 3);
    await page.getByRole("button", { name: "To the start" }).click();
    expect(await at()).toBe(0);
    // At the start no run has polarized, at the end all have; keys move the slider.
    await time.press("Home");
    const polarized = region(page, "left").locator('[data-name="polarized"]');
    expect(await polarized.innerText()).toMatch(/^0.0 %/);
    await time.press("End");
    expect(await polarized.innerText()).toMatch(/^100.0 %/);
    const ink = () =>
      region(page, "left")
        .locator("canvas")
        .evaluate((canvas: HTMLCanvasElement) => {
          const { data } = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height) as ImageData;
          return data.filter((_, i) => i % 4 === 3).filter((alpha) => alpha > 200).length / canvas.width;
        });
    expect(await ink()).toBeCloseTo(1, 1); // in every run one token has nearly everything
    await time.press("Home");
    expect(await ink()).toBe(0);
    // The numbers of a figure follow the playhead too: they are the figure for who can't see it.
    const shares = async () => (await numbersOf(page, "left", "Where each run looks")).map(([, ...tokens]) => Math.max(...tokens));
    for (const share of await shares()) expect(share).toBeLessThan(0.3);
    await time.press("End");
    for (const share of await shares()) expect(share).toBeGreaterThan(0.9);
    await time.press("Home");
    for (const share of await shares()) expect(share).toBeLessThan(0.3);
    // Figures follow the playhead, also where the numbers of one are shown.
    const fan = region(page, "left").getByRole("figure", { name: "How spread the attention is" });
    await fan.locator("summary").click();
    await time.press("End");
    const axisEnd = await fan.locator(".axis > line").getAttribute("x2");
    await expect.poll(() => fan.locator(".cursor").getAttribute("x1")).toBe(axisEnd);
    await page.close();
  });

  it("follows each control, and keeps it in the address", async () => {
    const page = await open("#runs=40");
    await whenDone(page);
    const runs = () => reading(page, "left", "runs");
    const sinks = () => numbersOf(page, "left", "Which token wins");
    await expect.poll(runs).toBe("40 runs, CPU in float64");
    const before = await sinks();

    await page.getByLabel("normalizer", { exact: true }).selectOption("sparsemax");
    await expect.poll(() => region(page, "left").getAttribute("aria-label")).toBe("sparsemax, at the left");
    await page.getByLabel("beside it").selectOption("relu");
    await expect.poll(() => region(page, "right").getAttribute("aria-label")).toBe("relu, at the right");
    await page.getByLabel("loss").selectOption("square");
    await expect.poll(() => hash(page)).toBe("#loss=square&left=sparsemax&right=relu&runs=40");
    await page.getByRole("link", { name: "Softmax and sigmoid" }).click();
    await expect.poll(() => hash(page)).toBe("");
    // Each change is a step back; another run or time is none.
    await page.getByRole("slider", { name: "run under softmax" }).press("ArrowRight");
    await expect.poll(() => hash(page)).toBe("#run=1");
    for (const address of [
      "#loss=square&left=sparsemax&right=relu&runs=40",
      "#left=sparsemax&right=relu&runs=40",
      "#left=sparsemax&runs=40",
    ]) {
      await page.goBack();
      expect(await hash(page)).toBe(address);
    }
    await expect.poll(() => region(page, "right").getAttribute("aria-label")).toBe("sigmoid, at the right");
    await page.goForward();
    await expect.poll(() => region(page, "right").getAttribute("aria-label")).toBe("relu, at the right");
    await page.close();

    const other = await open("#runs=40");
    await whenDone(other);
    const set = (label: string, value: string) => enter(other, label, value);
    const otherSinks = () => numbersOf(other, "left", "Which token wins");
    expect(await otherSinks()).toEqual(before);
    await set("seed", "2");
    await expect.poll(otherSinks).not.toEqual(before);
    await set("head start", "0.9");
    await expect.poll(async () => (await otherSinks())[0]?.[1]).toBeGreaterThan(0.9);
    await set("tokens", "3");
    await expect.poll(async () => (await otherSinks()).length).toBe(3);
    await set("values' scale", "0.5");
    await set("runs", "50");
    await expect.poll(() => reading(other, "left", "runs")).toBe("50 runs, CPU in float64");
    expect(await hash(other)).toBe("#tokens=3&scale=0.5&head=0.9&seed=2&runs=50");
    await set("tokens", "1"); // refused
    await expect.poll(otherSinks).toHaveLength(3);
    // Another tab with this address shows the same.
    const shown = await otherSinks();
    const again = await open(await hash(other));
    await whenDone(again);
    expect(await numbersOf(again, "left", "Which token wins")).toEqual(shown);
    await again.close();
    await other.close();
  });

  it("takes the winner's value away, and says how output and loss change", async () => {
    const page = await open("#runs=64");
    await whenDone(page);
    await page.getByRole("button", { name: "Break 64 runs of each" }).click();
    const broken = page.locator('[data-name="broken"]');
    await expect.poll(() => broken.innerText()).toMatch(/Under softmax, .*\nUnder sigmoid, /s);
    const specification = { tokens: 8, runs: 64, grid: { normalizer: ["softmax", "sigmoid"] } };
    const { stdout } = await sinkflow(["run", "-", "--json", "--engine", "cpu"], { input: JSON.stringify(specification) });
    const [softmax, sigmoid] = JSON.parse(stdout).points;
    const rows = await numbersOf(page, null, "Loss by the part that is taken");
    const [whole, none] = [rows[0], rows.at(-1)] as [number[], number[]];
    // With nothing taken away, the losses are those of the runs; the table has four digits.
    expect(Math.abs((whole[2] as number) / softmax.loss.median - 1)).toBeLessThan(0.0005);
    expect(Math.abs((whole[5] as number) / sigmoid.loss.median - 1)).toBeLessThan(0.0005);
    // Without the winner's value the output is near 0, where the loss is log 2; under sigmoid seven of eight values are left.
    expect(Math.abs((none[2] as number) - Math.log(2))).toBeLessThan(0.1);
    expect(none[5]).toBeLessThan(1e-4);
    const text = () => broken.innerText();
    const after = await text();
    const slider = page.getByRole("slider", { name: /part of the winner's value/ });
    await slider.press("Home");
    await expect.poll(text).not.toBe(after);
    expect(await text()).toMatch(/moves by 0.0 % .* from (\S+) to \1 /);
    await enter(page, "seed", "5");
    await expect.poll(text).toBe(""); // the sentences were about other runs
    await page.close();
  });

  it("tells every kind of normalizer and loss as the tables do", async () => {
    const page = await open("#runs=16");
    const glossary = page.locator(".glossary");
    const items = await glossary.locator("li").allTextContents();
    const kinds = [...Object.entries(normalizers), ...Object.entries(optimizers)];
    expect(items.map((item) => item.split(":")[0])).toEqual(kinds.map(([kind]) => kind));
    // Exponents are raised: e^(−a) is without its marks.
    const plain = (text: string) => text.replace(/\^\(([^()]*)\)|[\^_`]/g, "$1");
    for (const [i, [kind, { says }]] of kinds.entries()) expect(items[i]).toContain(plain(`${kind}: ${says}`));
    const text = await glossary.textContent();
    for (const kind of Object.keys(losses)) expect(text).toContain(kind);
    for (const label of ["normalizer", "beside it"])
      expect(await page.getByLabel(label, { exact: true }).locator("option").allTextContents()).toEqual(Object.keys(normalizers));
    expect(await page.getByLabel("trained by").locator("option").allTextContents()).toEqual(["flow", ...Object.keys(optimizers)]);
    expect(await page.getByLabel("loss").locator("option").allTextContents()).toEqual(Object.keys(losses));
    await page.close();
  });

  it("speaks of no winner where all shares are equal, and of the runs that it followed", async () => {
    const page = await open("#right=uniform&runs=2000");
    await whenDone(page);
    expect(await page.locator('[data-name="head-start"]').innerText()).toMatch(
      /^Under softmax token 0 .*\n+Under uniform no run has a winner: the largest shares are tied\.$/s,
    );
    expect(await page.getByRole("region", { name: "One run" }).innerText()).toContain(
      "Under uniform, run 0 has no winner: the largest shares are tied.",
    );
    expect(await page.getByRole("region", { name: "The result in words" }).innerText()).toContain(
      "No winner: under uniform all 1,024 runs end tied.",
    );
    expect(await page.locator('[data-name="specification"]').innerText()).toContain("runs: 1024\n");
    await page.close();
  });

  it("draws figures larger where text is larger, and offers as SVG only what is drawn as one", async () => {
    const sizes: number[] = [];
    for (const width of [1440, 3840]) {
      const page = await open("#runs=16", { viewport: { width, height: 900 } });
      await whenDone(page);
      const [text, label] = await page.evaluate(() => {
        const tick = document.querySelector(".plot text") as SVGTextElement;
        return [Number.parseFloat(getComputedStyle(document.body).fontSize), tick.getBoundingClientRect().height];
      });
      sizes.push((label as number) / (text as number));
      const heatmaps = page.getByRole("figure", { name: "Where each run looks" });
      await heatmaps.first().locator("summary").click();
      expect(await heatmaps.first().getByRole("button").allInnerTexts()).toEqual(["CSV"]);
      await page.close();
    }
    expect((sizes[1] as number) / (sizes[0] as number)).toBeGreaterThan(0.9);
  });

  it("answers a hostile address by a plain message", async () => {
    for (const fragment of ["#left=%3Cimg%20src=x%20onerror=alert(1)%3E", "#tokens=1e9", "#__proto__=1", "#tokens=8&runs=%00"]) {
      const page = await open(fragment);
      let asked = false;
      page.on("dialog", () => {
        asked = true;
      });
      const alert = page.getByRole("alert");
      expect(await alert.innerText()).toMatch(/^The address says nothing that can be followed/);
      expect(await alert.evaluate((element) => element.children.length)).toBe(0);
      await region(page, "left").waitFor();
      expect(asked).toBe(false);
      await page.close();
    }
  });

  it.each(["light", "dark"] as const)("has no serious barrier, nothing wider than the page, in %s, from 360 px on", async (colorScheme) => {
    const page = await open("#runs=64&run=42", { colorScheme, viewport: { width: 390, height: 844 } });
    await whenDone(page);
    // The first ensemble and the path of the chosen run are on the first screen together, in the order in which the keyboard comes to them.
    const first = page.locator(".heatmap, .stage");
    expect(await first.evaluateAll((found) => found.map((element) => element.className))).toEqual(["heatmap", "stage", "heatmap"]);
    for (const i of [0, 1]) {
      const box = await first.nth(i).boundingBox();
      expect((box?.y ?? Number.NaN) + (box?.height ?? 0)).toBeLessThanOrEqual(844);
    }
    for (const summary of await page.locator("summary").all()) await summary.click();
    expect(await barriers(page)).toEqual([]);
    for (const [width, height] of [
      [360, 740],
      [768, 1000],
      [1440, 900],
      [3840, 2160],
    ] as const) {
      await page.setViewportSize({ width, height });
      await page.waitForTimeout(100);
      const [needed, there] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
      expect(needed, `at ${width} px`).toBeLessThanOrEqual(there as number);
    }
    await page.close();
  });

  it("holds no more memory after 30 restarts than after 10", async () => {
    const page = await open("#runs=24&tokens=3");
    await whenDone(page);
    const session = await page.context().newCDPSession(page);
    const held = async () => {
      await session.send("HeapProfiler.collectGarbage");
      return (await session.send("Runtime.getHeapUsage")).usedSize;
    };
    const restart = async (seed: number) => {
      await page.evaluate((next) => {
        location.hash = `#runs=24&tokens=3&seed=${next}`;
      }, seed);
      await expect.poll(() => page.getByLabel("seed").inputValue()).toBe(String(seed));
      await whenDone(page);
    };
    for (let seed = 2; seed < 12; seed++) await restart(seed);
    const before = await held();
    for (let seed = 12; seed < 32; seed++) await restart(seed);
    expect(await held()).toBeLessThan(before * 1.1); // one result more would be some 1 % of it, 20 of them 20 %
    await page.close();
  });
});
