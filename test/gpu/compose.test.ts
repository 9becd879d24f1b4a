import { describe, expect, it } from "vitest";
import { compose, composeReadable } from "../../src/gpu/compose.ts";
import { mappingOf } from "../../src/gpu/mapping.ts";
import { losses } from "../../src/model/losses.ts";
import { normalizers } from "../../src/model/normalizers.ts";
import { parseEnsemble } from "../../src/model/specification.ts";

describe("compose", () => {
  it("takes the shader of every loss and normalizer by its name", () => {
    for (const loss of Object.keys(losses))
      for (const normalizer of Object.keys(normalizers)) {
        const ensemble = parseEnsemble({ tokens: 3, loss, normalizer });
        const code = composeReadable(ensemble, "flow", mappingOf(ensemble, { reduce: false }));
        expect(code).toContain(`// shaders/losses/${loss}.wgsl`);
        expect(code).toContain(`// shaders/normalizers/${normalizer}.wgsl`);
      }
  });
  it("takes the shader of a column where the ensemble has the column, and only there", () => {
    const [has, hasNot] = ["logistic", "square"].map((loss) => composeReadable(parseEnsemble({ tokens: 3, loss }), "startAndEnd"));
    expect(has).toContain("(*row)[COLUMN_BY_MODE] = column_by_mode(");
    expect(has).toContain("// shaders/columns/by-mode.wgsl");
    expect(hasNot).not.toContain("column_by_mode");
  });
  it("leaves no marked loop", () => {
    expect(compose(parseEnsemble({ tokens: 5, dim: 3, integrator: "rk4" }), "flow")).not.toContain("unroll");
  });
});
