import { integrators } from "../../src/model/integrators.ts";
import { losses } from "../../src/model/losses.ts";
import { normalizers } from "../../src/model/normalizers.ts";
import { type Point, parsePoint } from "../../src/model/specification.ts";

/** Every loss with every normalizer and integrator, in shapes that are not square, from starts with negative logits too. */
export function parityCases(): { name: string; point: Point }[] {
  return Object.keys(losses).flatMap((loss) =>
    Object.keys(normalizers).flatMap((normalizer) =>
      Object.keys(integrators).map((kind) => ({
        name: `${loss}, ${normalizer}, ${kind}`,
        point: parsePoint({
          tokens: 7,
          dim: 5,
          loss,
          normalizer,
          target: loss === "square" ? "gaussian" : "unit",
          logits: { kind: "gaussian", scale: 1 },
          values: { kind: "gaussian", scale: 0.5 },
          // Within the stability limit of square loss under linear weights, whose norm reaches some 3.
          integrator: { kind, step: 0.05 },
          until: { steps: 2000 },
          runs: 24,
        }),
      })),
    ),
  );
}
