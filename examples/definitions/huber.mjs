// Huber's robust loss of the residuals r = y − β: Σ ½r² where |r| ≤ δ, and δ(|r| − δ/2) beyond (Huber 1964), with δ = 1.
//   sinkflow run examples/definitions/huber.yaml --define examples/definitions/huber.mjs
import { defineLoss } from "sinkflow";

const delta = 1;

export default defineLoss({
  kind: "huber",
  says: "Σ ½r² of the residuals r = y − β up to 1, |r| − ½ beyond",
  aim: "output",
  target: "gaussian",
  // A sum over components goes through components_sum: on a device they may be dealt over lanes.
  wgsl: `
const DELTA = ${delta.toFixed(6)};

fn loss_value(y: Vector, beta: Aim) -> f32 {
  var sum = 0.0;
  for (var k = 0; k < COMPONENTS; k++) { // unroll
    let r = abs(y[k] - beta[k]);
    let each = select(DELTA * (r - 0.5 * DELTA), 0.5 * r * r, r <= DELTA);
    sum += select(0.0, each, is_component(k));
  }
  return components_sum(sum);
}

fn loss_gradient(y: Vector, beta: Aim) -> Vector {
  var g = Vector();
  for (var k = 0; k < COMPONENTS; k++) { // unroll
    g[k] = clamp(y[k] - beta[k], -DELTA, DELTA);
  }
  return g;
}`,
  value: (y, beta) =>
    y.reduce((sum, each, k) => {
      const r = Math.abs(each - beta[k]);
      return sum + (r <= delta ? r ** 2 / 2 : delta * (r - delta / 2));
    }, 0),
  gradient: (y, beta) => y.map((each, k) => Math.min(Math.max(each - beta[k], -delta), delta)),
});
