// Finds a Vulkan driver for Dawn, for the tests and the quickstart; the program itself takes only what the machine has.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isPackaged, unpacked } from "./unpack.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** The adapter's description that Dawn finds under an environment, or undefined. */
function probe(env) {
  const script =
    "import('webgpu').then(async ({ create }) => { globalThis.gpu = create([]); const a = await gpu.requestAdapter(); process.stdout.write(a ? a.info.description || a.info.device || 'an adapter' : ''); process.exit(0); });";
  const result = spawnSync(process.execPath, ["-e", script], {
    cwd: root,
    env: { ...process.env, ...env },
    encoding: "utf8",
    timeout: 60_000,
  });
  return result.status === 0 && result.stdout ? result.stdout : undefined;
}

/** Environment for SwiftShader out of the npm package @sparticuz/chromium. */
function swiftshader() {
  if (!isPackaged) return undefined;
  const folder = unpacked("swiftshader", ["swiftshader.tar"]);
  const icd = join(folder, "vk_swiftshader_icd.json");
  const libraries = [folder, process.env.LD_LIBRARY_PATH].filter(Boolean).join(":");
  return { VK_DRIVER_FILES: icd, VK_ICD_FILENAMES: icd, LD_LIBRARY_PATH: libraries };
}

/** Environment for a driver of Mesa whose file's name matches, if it is installed. */
function mesa(name) {
  const folders = ["/usr/share/vulkan/icd.d", "/usr/local/share/vulkan/icd.d", "/etc/vulkan/icd.d"];
  for (const folder of folders.filter(existsSync)) {
    const file = readdirSync(folder).find((file) => name.test(file));
    if (file) return { VK_DRIVER_FILES: join(folder, file), VK_ICD_FILENAMES: join(folder, file) };
  }
  return undefined;
}

const lavapipe = () => mesa(/^lvp_icd.*\.json$/);

/**
 * Environment for Mesa's driver for AMD GPUs without one: it compiles for the family named, and computes nothing. Of later families it can't
 * begin a command buffer (Mesa 25.0), which Dawn does when it opens a device.
 */
function compiler() {
  const radv = mesa(/^radeon_icd.*\.json$/);
  return radv && { ...radv, RADV_FORCE_FAMILY: "polaris10", MESA_SHADER_CACHE_DISABLE: "true" };
}

const sources = {
  system: () => ({}),
  lavapipe,
  swiftshader,
  compiler,
};

/**
 * The first driver among the names on which Dawn finds an adapter: its environment variables and what it is called.
 * @param {("system" | "lavapipe" | "swiftshader" | "compiler")[]} names
 */
export function findDriver(names) {
  for (const name of names) {
    const env = sources[name]();
    const description = env && probe(env);
    if (description) return { name, env, description };
  }
  return undefined;
}
