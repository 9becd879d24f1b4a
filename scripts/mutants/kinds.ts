import type { Faults } from "./fault.ts";

const mean = { from: "let mean = dot_tokens(p, c);", test: "parity" } as const;

/** Faults in the shaders of kinds, and in those among which a mapping chooses. */
export const ofKinds: Faults = {
  "targets/unit.wgsl": [
    {
      says: "the target over its squared norm",
      from: "load_target(run, k) / norm",
      to: "load_target(run, k) / square",
      runs: "plain",
      test: "starts",
    },
  ],
  "targets/gaussian.wgsl": [{ says: "targets drawn for token 1", from: "run, 0u, k", to: "run, 1u, k", runs: "gaussian", test: "starts" }],
  "targets/generated.wgsl": [
    { says: "responses drawn for token 1", from: "run, 0u, k", to: "run, 1u, k", runs: "regression", test: "starts" },
  ],
  "targets/given.wgsl": [
    {
      says: "the next component of the target",
      from: "BASE_TARGET_AT + k",
      to: "BASE_TARGET_AT + (k + 1u) % u32(TARGET_LENGTH)",
      runs: "given",
      test: "starts",
    },
  ],
  "targets/distribution.wgsl": [{ says: "another temperature", from: "exp(10.0 *", to: "exp(9.0 *", runs: "crossEntropy", test: "starts" }],
  "reductions/none.wgsl": [
    {
      says: "values at the start × 0.999",
      from: "store_coordinate(run, token, k, v);",
      to: "store_coordinate(run, token, k, 0.999 * v);",
      runs: "crossEntropy",
      test: "parity",
    },
  ],
  "reductions/coordinates.wgsl": [
    {
      says: "coordinates at the start × 0.99",
      from: "basis(run, first + row, k) * v;",
      to: "0.99 * basis(run, first + row, k) * v;",
      runs: "plain",
      test: "reductions",
    },
    {
      says: "no part of a value outside the coordinates",
      from: "* batch.stride + run] = outside;",
      to: "* batch.stride + run] = 0.0;",
      runs: "plain",
      test: "reductions",
    },
  ],
  "reductions/margin.wgsl": [
    { says: "‖β‖ × 1.01", from: "sqrt(lanes_sum(square))", to: "1.01 * sqrt(lanes_sum(square))", runs: "plain", test: "reductions" },
  ],
  "reductions/span.wgsl": [{ says: "rows that are not orthogonal", from: "again < 2", to: "again < 0", runs: "span", test: "reductions" }],
  "reductions/eigenbasis.wgsl": [
    {
      says: "an aim times the singular value, not over it",
      from: "lanes_sum(y) / design_word",
      to: "lanes_sum(y) * design_word",
      runs: "regression",
      test: "reductions",
    },
  ],
  "models/value-softmax.wgsl": [
    {
      says: "gradient norm of the values × 1.05",
      from: "vec2f(sqrt(dot_vectors(g, g))",
      to: "vec2f(1.05 * sqrt(dot_vectors(g, g))",
      runs: "plain",
      test: "observables",
    },
    {
      says: "gradient norm of the logits × 1.05",
      from: "sqrt(dot_tokens(slope, slope))",
      to: "1.05 * sqrt(dot_tokens(slope, slope))",
      runs: "plain",
      test: "observables",
    },
  ],
  "models/tied.wgsl": [
    {
      says: "no second term of the slope",
      from: "array<Vector, TERMS>(g, q)",
      to: "array<Vector, TERMS>(g, Vector())",
      runs: "tied",
      test: "parity",
    },
    {
      says: "a gradient norm without its cross term",
      from: "2.0 * dot_vectors(g, q)",
      to: "0.0 * dot_vectors(g, q)",
      runs: "tied",
      test: "observables",
    },
  ],
  "losses/logistic.wgsl": [
    { says: "slope × 1.001", from: "let slope = -1.0 /", to: "let slope = -1.001 /", runs: "plain", test: "parity" },
    {
      says: "slope × 1.001 at fixed steps",
      from: "let slope = -1.0 /",
      to: "let slope = -1.001 /",
      runs: "fixed",
      test: "parity",
    },
  ],
  "losses/exponential.wgsl": [
    { says: "slope × 1.001", from: "let slope = -exp(", to: "let slope = -1.001 * exp(", runs: "exponential", test: "parity" },
  ],
  "losses/square.wgsl": [
    { says: "the target × 0.999", from: "y[k] - beta[k]", to: "y[k] - 0.999 * beta[k]", runs: "square", test: "parity" },
  ],
  "losses/cross-entropy.wgsl": [
    { says: "slope × 1.001", from: "g[k] / sum - q[k];", to: "1.001 * (g[k] / sum - q[k]);", runs: "crossEntropy", test: "parity" },
  ],
  "losses/regression.wgsl": [
    {
      says: "the next column of the design",
      from: "u32(sample * DIM + k)",
      to: "u32(sample * DIM + (k + 1) % DIM)",
      runs: "design",
      test: "parity",
    },
  ],
  "losses/regression-dealt.wgsl": [{ says: "slope × 1.001", from: "2.0 * r[i]", to: "2.002 * r[i]", runs: "memoryDesign", test: "lanes" }],
  "losses/eigenbasis.wgsl": [{ says: "slope × 1.001", from: "2.0 * s * s", to: "2.002 * s * s", runs: "regression", test: "reductions" }],
  "normalizers/softmax.wgsl": [{ says: "mean × 0.9999", ...mean, to: "let mean = 0.9999 * dot_tokens(p, c);", runs: "plain" }],
  "normalizers/softmax1.wgsl": [
    { says: "an additional logit of log 2", from: "(exp(-largest) +", to: "(2.0 * exp(-largest) +", runs: "softmax1", test: "parity" },
  ],
  "normalizers/sparsemax.wgsl": [
    {
      says: "pullback × 1.01",
      from: "select(0.0, c[i] - mean, p[i] > 0.0)",
      to: "select(0.0, 1.01 * (c[i] - mean), p[i] > 0.0)",
      runs: "sparsemax",
      test: "parity",
    },
  ],
  "normalizers/sigmoid.wgsl": [
    { says: "pullback × 1.01", from: "(1.0 + e)) * c[i]", to: "(1.0 + e)) * 1.01 * c[i]", runs: "sigmoid", test: "parity" },
  ],
  "normalizers/sigmoid-norm.wgsl": [{ says: "mean × 0.999", ...mean, to: "let mean = 0.999 * dot_tokens(p, c);", runs: "sigmoidNorm" }],
  "normalizers/linear.wgsl": [
    { says: "pullback × 1.001", from: "return c;", to: "return over_sum(c, 0.999);", runs: "linear", test: "parity" },
  ],
  "normalizers/sum.wgsl": [{ says: "mean × 0.999", ...mean, to: "let mean = 0.999 * dot_tokens(p, c);", runs: "sum" }],
  "normalizers/l1.wgsl": [{ says: "mean × 0.999", ...mean, to: "let mean = 0.999 * dot_tokens(p, c);", runs: "l1" }],
  "normalizers/l2.wgsl": [{ says: "pullback × 1.001", from: "2.0 * a[i]", to: "2.002 * a[i]", runs: "l2", test: "parity" }],
  "normalizers/relu.wgsl": [{ says: "mean × 0.999", ...mean, to: "let mean = 0.999 * dot_tokens(p, c);", runs: "relu" }],
  "normalizers/uniform.wgsl": [
    { says: "one token too many", from: "f32(ALL_TOKENS)", to: "f32(ALL_TOKENS + 1u)", runs: "uniform", test: "parity" },
  ],
  "clocks/margin.wgsl": [
    { says: "slope × 1.001", from: "g[k] = -beta[k];", to: "g[k] = -1.001 * beta[k];", runs: "clock", test: "clock" },
    {
      says: "the quadrature of log t without its curvature",
      from: "- 0.5 * c * mean);",
      to: "- 0.0 * c * mean);",
      runs: "clock",
      test: "clock",
    },
    { says: "log t + 0.01", from: "let log_length = log(", to: "let log_length = 0.01 + log(", runs: "clock", test: "clock" },
  ],
  "steps/runge-kutta.wgsl": [
    {
      says: "norms of errors a thousandth of what they are",
      from: "scaled * scaled;\n    }\n  }\n  return sqrt(",
      to: "scaled * scaled;\n    }\n  }\n  return 1e-3 * sqrt(",
      runs: "plain",
      test: "adaptive",
    },
    {
      says: "stages at 1.01 of their place",
      from: "motion.parts[l] = STAGE_WEIGHTS[j][l];",
      to: "motion.parts[l] = 1.01 * STAGE_WEIGHTS[j][l];",
      runs: "plain",
      test: "adaptive",
    },
    { says: "logits move 1.001 as far", from: "Motion(h, WEIGHTS)", to: "Motion(1.001 * h, WEIGHTS)", runs: "plain", test: "adaptive" },
  ],
  "steps/runge-kutta-registers.wgsl": [
    {
      says: "values move 1.001 as far",
      from: "change += moved[j][t] *",
      to: "change += 1.001 * moved[j][t] *",
      runs: "crossEntropy",
      test: "parity",
    },
  ],
  "steps/runge-kutta-memory.wgsl": [
    {
      says: "values move 1.01 as far",
      from: "after -= sums_of_terms(x, four);",
      to: "after -= 1.01 * sums_of_terms(x, four);",
      runs: "memory",
      test: "lanes",
    },
  ],
  "values/registers.wgsl": [
    {
      says: "an output × 1.001",
      from: "y[k] += weight * (*s).values[i][k];",
      to: "y[k] += 1.001 * weight * (*s).values[i][k];",
      runs: "crossEntropy",
      test: "parity",
    },
  ],
  "values/memory.wgsl": [
    {
      says: "a pull × 1.01",
      from: "c[i] += value_dot(",
      to: "c[i] += 1.01 * value_dot(",
      runs: "memory",
      test: "lanes",
    },
  ],
  "lanes/exchange.wgsl": [
    {
      says: "sums with the lane of another run",
      from: "level < LEVELS; level++) { // unroll\n    sum += subgroupShuffleXor(sum, 1u",
      to: "level < LEVELS; level++) { // unroll\n    sum += subgroupShuffleXor(sum, 2u",
      runs: "lanes",
      test: "lanes",
    },
  ],
  "lanes/subgroup.wgsl": [
    { says: "a vector of this lane alone", from: "sum[k] = subgroup_sum(x[k]);", to: "sum[k] = x[k];", runs: "lanes", test: "lanes" },
  ],
  "lanes/workgroup.wgsl": [
    {
      says: "a sum without the last subgroup",
      from: "sum += parts[turn + other];",
      to: "sum += parts[turn + min(other, SUBGROUPS - 2u)];",
      runs: "memory",
      test: "lanes",
    },
  ],
};
