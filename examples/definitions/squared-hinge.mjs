// The squared hinge ½ max(0, 1 − m)² of the margin m = β·y. It is 0 from m = 1 on, so its flow ends.
//   sinkflow run examples/definitions/squared-hinge.yaml --define examples/definitions/squared-hinge.mjs
import { defineLoss } from "sinkflow";

export default defineLoss({
  kind: "squared-hinge",
  says: "½ max(0, 1 − m)² of the margin m = β·y",
  aim: "margin",
  wgsl: `
fn loss_of_margin(m: f32) -> f32 {
  let lack = max(1.0 - m, 0.0);
  return 0.5 * lack * lack;
}

fn slope_of_margin(m: f32) -> f32 {
  return -max(1.0 - m, 0.0);
}`,
  value: (m) => Math.max(1 - m, 0) ** 2 / 2,
  slope: (m) => -Math.max(1 - m, 0),
});
