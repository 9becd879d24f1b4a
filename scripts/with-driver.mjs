// Runs a command with a Vulkan driver for Dawn in its environment:   node scripts/with-driver.mjs [--driver NAME] COMMAND…
// NAME: system (a GPU, or whatever driver the machine has), lavapipe or swiftshader; without it, system or else swiftshader.
import { spawn } from "node:child_process";
import { findDriver } from "./drivers/drivers.mjs";

const args = process.argv.slice(2);
let wanted = process.env.SINKFLOW_DRIVER;
if (args[0] === "--driver") [, wanted] = args.splice(0, 2);
const driver = findDriver(wanted ? [wanted] : ["system", "swiftshader"]);
if (!driver) {
  console.error(`with-driver: no adapter found on ${wanted ?? "the machine's own drivers, nor on SwiftShader from npm"}`);
  process.exit(1);
}
console.error(`with-driver: ${driver.name}: ${driver.description}`);
const child = spawn(args[0], args.slice(1), { stdio: "inherit", env: { ...process.env, ...driver.env, SINKFLOW_DRIVER: driver.name } });
child.on("error", (error) => {
  console.error(`with-driver: ${args[0]}: ${error.message}`);
  process.exit(1);
});
child.on("exit", (code, signal) => process.exit(signal ? 1 : code));
