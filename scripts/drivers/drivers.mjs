// Finds a Vulkan driver for Dawn, for the tests and the quickstart; the program itself takes only what the machine has.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliDecompressSync } from "node:zlib";

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

/** Environment for SwiftShader out of the npm package @sparticuz/chromium, unpacked once into node_modules/.cache. */
function swiftshader() {
  if (process.platform !== "linux" || process.arch !== "x64") return undefined;
  const entry = createRequire(import.meta.url).resolve("@sparticuz/chromium");
  const bin = join(entry.slice(0, entry.lastIndexOf("@sparticuz")), "@sparticuz/chromium/bin");
  const { version } = JSON.parse(readFileSync(join(bin, "../package.json"), "utf8"));
  const folder = join(root, "node_modules/.cache/swiftshader", version);
  if (!existsSync(folder)) {
    mkdirSync(dirname(folder), { recursive: true });
    const temporary = mkdtempSync(`${folder}-`);
    const archive = join(temporary, "swiftshader.tar");
    writeFileSync(archive, brotliDecompressSync(readFileSync(join(bin, "swiftshader.tar.br"))));
    execFileSync("tar", ["-xf", archive, "-C", temporary]);
    rmSync(archive);
    try {
      renameSync(temporary, folder);
    } catch {
      rmSync(temporary, { recursive: true }); // another process was first
    }
  }
  const icd = join(folder, "vk_swiftshader_icd.json");
  const libraries = [folder, process.env.LD_LIBRARY_PATH].filter(Boolean).join(":");
  return { VK_DRIVER_FILES: icd, VK_ICD_FILENAMES: icd, LD_LIBRARY_PATH: libraries };
}

/** Environment for Mesa's lavapipe, if it is installed. */
function lavapipe() {
  const folders = ["/usr/share/vulkan/icd.d", "/usr/local/share/vulkan/icd.d", "/etc/vulkan/icd.d"];
  for (const folder of folders.filter(existsSync)) {
    const file = readdirSync(folder).find((name) => /^lvp_icd.*\.json$/.test(name));
    if (file) return { VK_DRIVER_FILES: join(folder, file), VK_ICD_FILENAMES: join(folder, file) };
  }
  return undefined;
}

const sources = {
  system: () => ({}),
  lavapipe,
  swiftshader,
};

/**
 * The first driver among the names on which Dawn finds an adapter: its environment variables and what it is called.
 * @param {("system" | "lavapipe" | "swiftshader")[]} names
 */
export function findDriver(names) {
  for (const name of names) {
    const env = sources[name]();
    const description = env && probe(env);
    if (description) return { name, env, description };
  }
  return undefined;
}
