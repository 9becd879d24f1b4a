import { expect, it } from "vitest";
import { enter, hash, lab, numbersOf, timeOf, whenDone } from "./support.ts";

// What the reader does: wrong entries, shared addresses, the browser's history, experiments with a name, paths in space. Without WebGPU.

const { open } = lab("none");

it("each field says what it takes, and why not what was entered, which stays until it is mended", async () => {
  const page = await open("#runs=16");
  const alert = page.getByRole("alert");
  await page.getByRole("region", { name: "One run" }).getByRole("application").waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toBe("run under softmax"); // by the skip link
  for (const [label, text, message] of [
    ["tokens", "65", "tokens: expected a whole number from 2 to 64, got 65; it is still 8."],
    ["tokens", "2.5", "tokens: expected a whole number from 2 to 64, got 2.5; it is still 8."],
    ["seed", "", "seed: expected a whole number from 0 to 4,294,967,295, got none; it is still 1."],
    ["values' scale", "-1", "values' scale: expected a number in steps of 0.01 from 0 to 10, got -1; it is still 0.1."],
    ["run", "999", "run: expected a whole number from 0 to 15, got 999; it is still 0."],
  ] as const) {
    const field = page.getByLabel(label, { exact: true });
    const before = await field.inputValue();
    await field.fill(text);
    await field.press("Tab");
    await expect.poll(() => alert.innerText()).toBe(message);
    expect(await field.inputValue()).toBe(text);
    expect(await field.getAttribute("aria-invalid")).toBe("true");
    const [box, said] = await Promise.all([field.boundingBox(), alert.boundingBox()]);
    expect(Math.abs((said?.y ?? 0) - (box?.y ?? 0) - (box?.height ?? 0))).toBeLessThan(20); // it is at the field
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 900 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth), `${label} at ${width} px`).toBeLessThanOrEqual(width);
    }
    await page.setViewportSize({ width: 1280, height: 900 });
    expect(await hash(page)).toBe("#runs=16");
    await field.fill(before);
    await field.press("Tab");
    await alert.waitFor({ state: "detached" });
  }
  expect(await page.getByText("0 to 15", { exact: true }).isVisible()).toBe(true); // the range of the run is always said
  await page.close();
});

it("an address opens at its run and time, is offered where the clipboard is refused, and keeps both when settings change", async () => {
  const page = await open("#runs=256&run=200&t=86");
  await whenDone(page);
  expect(await page.getByLabel("run", { exact: true }).inputValue()).toBe("200");
  const slot = await timeOf(page).inputValue();
  const shown = Number(/t = (\d+)/.exec(await page.locator(".timeline").innerText())?.[1]);
  expect(Math.abs(Math.log(shown / 86))).toBeLessThan(0.2); // recorded times are a third apart
  expect(await page.getByRole("region", { name: "One run" }).innerText()).toContain("wins run 200 with");
  // There is no room for all runs: those are shown among which the chosen one is.
  const heatmap = page.locator(".heatmap").first();
  const [area, mark] = await Promise.all([heatmap.boundingBox(), heatmap.locator(".mark").boundingBox()]);
  const [from, to] = await page
    .locator(".hint")
    .first()
    .locator("span")
    .allInnerTexts()
    .then((texts) => [texts[0], texts[2]].map((text) => Number(text?.match(/\d+/)?.[0])) as [number, number]);
  expect(to - from).toBeLessThan(200);
  expect(from <= 200 && 200 <= to).toBe(true);
  const middle = ((mark?.x ?? 0) + (mark?.width ?? 0) / 2 - (area?.x ?? 0)) / (area?.width ?? 1);
  expect(Math.floor(from + middle * (to - from + 1))).toBe(200);
  // The pointer and the keyboard read out a run, and a click chooses the one that is read out, wherever between two pixels it is.
  const hint = page.locator(".hint").first().locator("span").nth(1);
  const firstShown = () => page.locator(".hint").first().locator("span").first().innerText();
  const firstBefore = await firstShown();
  for (const x of [30.4, 33.6, 34.7]) {
    await page.mouse.move((area?.x ?? 0) + x, (area?.y ?? 0) + 20);
    await expect.poll(() => hint.innerText()).toMatch(/^run \d+: token \d has [\d.]+ %$/);
    const [said] = (await hint.innerText()).match(/\d+/) as RegExpMatchArray;
    await page.mouse.down();
    await page.mouse.up();
    await expect.poll(() => page.getByLabel("run", { exact: true }).inputValue()).toBe(said);
  }
  expect(await firstShown()).toBe(firstBefore); // a click moves nothing
  await enter(page, "run", "42");
  const column = page.getByRole("slider", { name: "run under sigmoid" });
  await column.press("ArrowRight");
  expect(await column.getAttribute("aria-valuetext")).toMatch(/^run 43: token \d has [\d.]+ %$/);
  await expect.poll(() => hash(page)).toMatch(/^#runs=256&run=43&t=[\d.]+$/);
  await page.evaluate(() => {
    navigator.clipboard.writeText = () => Promise.reject(new Error("refused"));
  });
  await page.getByRole("button", { name: "Copy the address" }).click();
  await page.getByText(/does not let the page copy/).waitFor();
  const copied = await page.evaluate(() => {
    const { value, selectionStart, selectionEnd } = document.activeElement as HTMLInputElement;
    return value.slice(selectionStart ?? 0, selectionEnd ?? 0);
  });
  expect(copied).toBe(page.url());
  // What is shown of other settings is marked at once.
  const busy = await page.evaluate(async () => {
    const main = document.querySelector("main");
    const before = main?.getAttribute("aria-busy");
    location.hash = location.hash.replace("runs=256", "runs=64&seed=2");
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    return [before, main?.getAttribute("aria-busy"), Number(getComputedStyle(document.querySelector(".side") as Element).opacity) < 1];
  });
  expect(busy).toEqual(["false", "true", true]);
  await expect.poll(() => page.locator("main").getAttribute("aria-busy")).toBe("false");
  await whenDone(page);
  expect(await timeOf(page).inputValue()).toBe(slot);
  // A step back restores run and time with the settings.
  await enter(page, "run", "5");
  await timeOf(page).press("End");
  await page.goBack();
  await expect.poll(() => page.getByLabel("runs", { exact: true }).inputValue()).toBe("256");
  expect(await page.getByLabel("run", { exact: true }).inputValue()).toBe("43");
  expect(await timeOf(page).inputValue()).toBe(slot);
  await page.close();
});

it("work can be stopped, and goes on; from the first runs to all, nothing jumps", async () => {
  const page = await open("#right=sparsemax&runs=400");
  const runs = page.locator('[data-name="runs"]').first();
  await expect.poll(() => runs.innerText(), { interval: 20 }).toMatch(/^48 runs/);
  await page.getByRole("button", { name: "Cancel" }).click();
  expect(await page.getByRole("status").innerText()).toBe("Stopped.");
  expect(await page.locator(".lead").innerText()).toContain("48 small models are trained here");
  const picture = () =>
    page.evaluate(() => {
      const left = document.querySelector(".side") as Element;
      const box = left.querySelector("canvas")?.getBoundingClientRect();
      const ticks = [...left.querySelectorAll('[aria-label="Which token wins"] .axis text')].map((tick) => tick.textContent);
      const corners = [...document.querySelectorAll<HTMLElement>(".corner")].map(
        (corner) => `${corner.textContent} ${corner.style.cssText}`,
      );
      return { width: box?.width, top: box?.top, ticks, corners: corners.sort() };
    });
  const before = await picture();
  await page.getByRole("button", { name: "Go on" }).click();
  await whenDone(page);
  expect(await runs.innerText()).toMatch(/^400 runs/);
  expect(await picture()).toEqual(before);
  const panel = page.getByRole("region", { name: "Give one token a head start" });
  await panel.getByRole("button", { name: "Trace the curve" }).click();
  await panel.getByRole("button", { name: "Cancel" }).click();
  await panel.getByRole("button", { name: "Trace the curve" }).waitFor();
  expect(await panel.locator("circle.dot").count()).toBeLessThan(8); // a whole curve has eight a side
  await page.close();
});

it("experiments have names; what comes of each is said by its numbers, and so is what decides the winner", async () => {
  const page = await open("");
  const answer = page.getByRole("region", { name: "The result in words" });
  for (const [name, address, result] of [
    ["Square loss", "#loss=square", /^Under softmax and sigmoid no token ends with at least 90\s% of the weight in any run/],
    // With a head start of 0.2 token 0 leads in about 70 % of the runs, and wins in fewer.
    [
      "A head start",
      "#head=0.2",
      /^Under softmax one token ends with at least 90\s% of the weight in all 1,024 runs.*Under softmax token 0 .*: less often than it led, by/s,
    ],
  ] as const) {
    await page.getByRole("link", { name, exact: true }).click();
    expect(await hash(page)).toBe(address);
    await expect.poll(() => answer.innerText(), { timeout: 60_000 }).toMatch(result);
  }
  expect(await page.getByRole("link", { name: "A head start", exact: true }).getAttribute("aria-current")).toBe("page");
  expect(await page.locator('[data-name="head-start"]').innerText()).toMatch(/^Under softmax token 0 .*: less often than it led, by/);
  const claim = await page.locator('[data-name="decides"]').innerText();
  const dots = await numbersOf(page, null, "How often the leader at the start wins");
  expect(Math.abs(Number(/by “logit \+ alignment” in ([\d.]+)/.exec(claim)?.[1]) - 100 * (dots[0]?.[1] as number))).toBeLessThan(0.06);
  await page.getByRole("button", { name: "What decides the winner?" }).click();
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("What decides the winner?");
  expect(await page.getByRole("heading", { name: "What decides the winner?" }).isVisible()).toBe(true);
  expect(await page.getByLabel("runs", { exact: true }).inputValue()).toBe("1024"); // what is followed, as in the specification
  await page.close();
});

it("an optimizer is chosen; who wins under it is told by what it remembers", async () => {
  const page = await open("#runs=24");
  const answer = page.getByRole("region", { name: "The result in words" });
  const won = async () =>
    Number(/^Under softmax the token that was best aligned at the start won in ([\d.]+)/m.exec(await answer.innerText())?.[1]);
  const training = page.getByLabel("trained by");
  await training.selectOption("momentum");
  await expect.poll(() => hash(page)).toBe("#optimizer=momentum&rate=0.5&memory=0.9&runs=24");
  expect(await page.getByLabel("μ", { exact: true }).inputValue()).toBe("0.9");
  await training.selectOption("adam");
  await expect.poll(() => hash(page)).toBe("#optimizer=adam&runs=24");
  const rho = page.locator(".rho strong");
  expect(await rho.innerText()).toBe("10");
  await expect.poll(won).toBeLessThan(20);
  await enter(page, "β₂", "0.9");
  await expect.poll(won).toBeGreaterThan(80);
  expect(await rho.innerText()).toBe("0.1");
  const dots = await numbersOf(page, null, "How often the leader at the start wins");
  await page.getByRole("button", { name: "Trace the curve over β₂" }).click();
  await expect.poll(async () => (await numbersOf(page, null, "How often the best aligned token wins")).length).toBe(6);
  const curve = await numbersOf(page, null, "How often the best aligned token wins");
  const [own] = curve.filter(([memory]) => memory === 0.9);
  expect(own?.slice(1, 4)).toEqual(dots[2]?.slice(1, 4)); // the third measure is alignment
  expect(Math.abs((await won()) - 100 * (own?.[1] as number))).toBeLessThan(0.06);
  expect(curve.at(-1)?.[1]).toBeLessThan(0.2);
  expect(await page.locator('[data-name="specification"]').innerText()).toContain(
    "optimizer: {kind: adam, learningRate: 0.01, beta2: 0.9}\nuntil: {steps: 1000}\n",
  );
  await training.selectOption("flow");
  await expect.poll(() => hash(page)).toBe("#runs=24");
  await page.close();
});

it("paths in space turn and zoom, and follow the run and the playhead", async () => {
  const page = await open("#tokens=3&runs=48");
  const stage = page.getByRole("application", { name: /^Paths of the runs through the triangle/ });
  await whenDone(page);
  /** How many pixels are painted, and a checksum of their places. */
  const picture = () =>
    stage.locator("canvas").evaluate((canvas: HTMLCanvasElement) => {
      const { data } = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height) as ImageData;
      let [painted, sum] = [0, 0];
      for (let at = 3; at < data.length; at += 4) {
        if (data[at] === 0) continue;
        painted++;
        sum = (sum * 31 + at) % 1_000_003;
      }
      return { painted, sum };
    });
  await stage.focus();
  const first = await picture();
  expect(first.painted).toBeGreaterThan(3000);
  await page.keyboard.press("ArrowLeft");
  await expect.poll(picture).not.toEqual(first);
  const turned = await picture();
  await page.keyboard.press("+");
  await expect.poll(picture).not.toEqual(turned);
  await page.keyboard.press("Home");
  await expect.poll(picture).toEqual(first);
  await stage.hover();
  await page.mouse.wheel(0, -100);
  await expect.poll(picture).not.toEqual(first);
  await page.getByRole("button", { name: "Reset view" }).click();
  await expect.poll(picture).toEqual(first);
  await enter(page, "run", "7");
  await expect.poll(picture).not.toEqual(first);
  const whole = await picture();
  await timeOf(page).press("Home");
  await expect.poll(async () => (await picture()).painted).toBeLessThan(first.painted / 2); // only the triangle and dots at the start are left
  // Many small steps paint what one step paints.
  for (let step = 0; step < 6; step++) await timeOf(page).press("PageUp");
  await timeOf(page).press("End");
  expect(Math.abs((await picture()).painted / whole.painted - 1)).toBeLessThan(0.02);
  await page.close();
});
