// 1/Σp²: over how many tokens the weights are spread at the end. It counts large weights more than effectiveTokens does.
//   sinkflow run examples/definitions/participation.yaml --define examples/definitions/participation.mjs
import { defineColumn } from "sinkflow";

export default defineColumn({
  name: "participation",
  says: "1/Σp² of the weights at the end",
  wgsl: "1.0 / dot_tokens(weights, weights)",
  value: ({ weights }) => 1 / weights.reduce((sum, p) => sum + p * p, 0),
});
