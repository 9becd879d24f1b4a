import { expect, it } from "vitest";
import { checkedModule } from "../../src/gpu/program.ts";
import { findAdapter } from "../../src/node.ts";

it("shows a compile error with the line of the composed source", async () => {
  const device = await (await findAdapter())?.requestDevice();
  if (!device) throw new Error("no adapter");
  const broken = checkedModule(device, "const A = 1;\nfn f() -> f32 {\n  return A + nowhere;\n}\n");
  await expect(broken.checked).rejects.toThrow(/does not compile: line 3, column 14: .*nowhere.*, in: return A \+ nowhere;/);
  await expect(checkedModule(device, "const A = 1;").checked).resolves.toBeUndefined();
});
