// npm run -s sbom: prints a software bill of materials of what is installed with sinkflow, in CycloneDX's JSON. `npm sbom --omit=dev` also leaves out
// packages that users need where a development tool needs them too (npm 11.19), so packages of development are left out here.
import { execFileSync } from "node:child_process";

const text = execFileSync("npm", ["sbom", "--sbom-format=cyclonedx", "--package-lock-only"], {
  encoding: "utf8",
  maxBuffer: 2 ** 26,
  shell: process.platform === "win32",
});
const bill = JSON.parse(text);
const isDevelopment = ({ properties = [] }) => properties.some(({ name }) => name === "cdx:npm:package:development");
bill.components = bill.components.filter((component) => !isDevelopment(component));
const kept = new Set([bill.metadata.component, ...bill.components].map((component) => component["bom-ref"]));
bill.dependencies = bill.dependencies
  .filter(({ ref }) => kept.has(ref))
  .map((entry) => ({ ...entry, dependsOn: entry.dependsOn.filter((ref) => kept.has(ref)) }));
console.log(JSON.stringify(bill, null, 2));
