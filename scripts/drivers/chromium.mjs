// A headless Chromium with WebGPU on SwiftShader, for the tests of the lab, under playwright-core.
import { join } from "node:path";
import { chromium } from "playwright-core";
import { isPackaged, unpacked } from "./unpack.mjs";

// `compute`: WebGPU on a driver on the CPU. It may compile for longer than the browser's watchdog lets the GPU process be silent.
const compute = ["--enable-unsafe-webgpu", "--disable-gpu-watchdog"];
const none = ["--disable-gpu", "--disable-features=WebGPU"];
// `gpu`: the system's own Vulkan driver, where it has one. The packaged libEGL.so and libGLESv2.so are ANGLE's, which takes that driver too.
const gpu = [
  "--enable-unsafe-webgpu",
  "--enable-features=Vulkan",
  "--use-vulkan=native",
  "--use-angle=vulkan",
  "--ignore-gpu-blocklist",
  "--disable-vulkan-surface",
];
const flags = { compute, none, gpu };

/**
 * Starts the browser.
 * @param {"compute" | "none" | "gpu"} webgpu what it has of WebGPU
 */
export async function openChromium(webgpu = "compute") {
  if (!isPackaged) throw new Error("the tests of the lab need x86-64 Linux, which the packaged Chromium is for");
  const folder = unpacked("chromium", ["chromium", "al2023.tar", "swiftshader.tar", "fonts.tar"]);
  return chromium.launch({
    executablePath: join(folder, "chromium"),
    args: ["--no-sandbox", ...flags[webgpu]],
    env: { ...process.env, LD_LIBRARY_PATH: join(folder, "lib"), FONTCONFIG_PATH: join(folder, "fonts") },
  });
}
