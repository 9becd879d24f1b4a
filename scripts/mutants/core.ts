import type { Faults } from "./fault.ts";

/** Faults in the shaders that every program has. */
export const ofEveryProgram: Faults = {
  "threefry.wgsl": [
    { says: "a rotation by another number of bits", from: "13u, 15u, 26u, 6u", to: "13u, 15u, 25u, 6u", runs: "plain", test: "starts" },
  ],
  "normal.wgsl": [
    {
      says: "a coefficient of the normal's center",
      from: "2.8054041862487793",
      to: "2.8154041862487793",
      runs: "plain",
      test: "starts",
    },
    { says: "a coefficient of the normal's tail", from: "0.5559908151626587", to: "0.5659908151626587", runs: "plain", test: "starts" },
  ],
  "initial.wgsl": [
    {
      says: "values drawn for the next token",
      from: "draw(PURPOSE_VALUES, run, token, k)",
      to: "draw(PURPOSE_VALUES, run, token + 1u, k)",
      runs: "plain",
      test: "starts",
    },
    {
      says: "logits drawn for another purpose",
      from: "draw(PURPOSE_LOGITS, run, token, 0u)",
      to: "draw(PURPOSE_TARGET, run, token, 0u)",
      runs: "plain",
      test: "starts",
    },
  ],
  "dense.wgsl": [
    {
      says: "dense output at 0.9 of its place",
      from: "parts[j] = -phi * q;",
      to: "parts[j] = -0.9 * phi * q;",
      runs: "plain",
      test: "adaptive",
    },
  ],
  "control.wgsl": [
    {
      says: "converged ten times too early",
      from: "<= CONVERGED * CONVERGED",
      to: "<= 100.0 * CONVERGED * CONVERGED",
      runs: "square",
      test: "distributions",
    },
  ],
  "clocks/ticks.wgsl": [
    { says: "flow time × 1.01", from: "f32(m.ticks) * TICK", to: "1.01 * f32(m.ticks) * TICK", runs: "fixed", test: "parity" },
  ],
  "moment.wgsl": [{ says: "time goes 1.01 as fast", from: "m.rest + h", to: "m.rest + 1.01 * h", runs: "plain", test: "adaptive" }],
  "flow.wgsl": [
    {
      says: "a fixed step in which another token comes to lead is quiet",
      from: "(leaders == lead.leaders || leaders >= TIED)",
      to: "(leaders > 0.0 || leaders >= TIED)",
      runs: "fixed",
      test: "parity",
    },
  ],
  "steps/runge-kutta-trials.wgsl": [
    {
      says: "errors estimated a thousandth of what they are",
      from: "let error = scaled_norm(s, stages, weights);",
      to: "let error = 1e-3 * scaled_norm(s, stages, weights);",
      runs: "plain",
      test: "adaptive",
    },
    {
      says: "fixed steps × 1.001",
      from: "advance(s, stages, STEP);",
      to: "advance(s, stages, 1.001 * STEP);",
      runs: "fixed",
      test: "parity",
    },
    {
      says: "the last step longer by up to a tenth",
      from: "1.01 * (*progress).step",
      to: "1.1 * (*progress).step",
      runs: "plain",
      test: "adaptive",
      equivalent: "a step of any length has an error within the tolerance",
    },
  ],
  "steps/adaptive.wgsl": [
    {
      says: "a first step 10⁻³⁰ as long",
      from: "return min(min(100.0 * guess, h), max_step);",
      to: "return 1e-30 * min(min(100.0 * guess, h), max_step);",
      runs: "plain",
      test: "adaptive",
    },
    {
      says: "next steps shorter by a fifth",
      from: "STEP_SAFETY * exp2",
      to: "0.8 * STEP_SAFETY * exp2",
      runs: "plain",
      test: "adaptive",
      equivalent: "a step of any length has an error within the tolerance",
    },
    {
      says: "half as long a first step",
      from: "exp2(log2(0.01 / largest)",
      to: "0.5 * exp2(log2(0.01 / largest)",
      runs: "plain",
      test: "adaptive",
      equivalent: "a step of any length has an error within the tolerance",
    },
  ],
  "progress.wgsl": [{ says: "diverged at 10", from: "f32(DIVERGED_AT)", to: "10.0", runs: "plain", test: "ends" }],
  "math.wgsl": [{ says: "a coefficient of the logarithm", from: "1.0 / 3.0 +", to: "1.0 / 3.1 +", runs: "plain", test: "observables" }],
  "tokens.wgsl": [
    {
      says: "products of tokens × 1.001",
      from: "x[i] * y[i], is_here(i)",
      to: "1.001 * x[i] * y[i], is_here(i)",
      runs: "plain",
      test: "parity",
    },
    { says: "a sum over no token too", from: "sum += select(0.0, x[i], is_here(i));", to: "sum += x[i];", runs: "lanes", test: "lanes" },
  ],
  "vectors.wgsl": [
    {
      says: "products of vectors × 1.001",
      from: "x[k] * y[k], is_component",
      to: "1.001 * x[k] * y[k], is_component",
      runs: "plain",
      test: "parity",
    },
  ],
  "observables/start.wgsl": [
    {
      says: "initialEntropy × 1.01",
      from: "bitcast<u32>(shares.entropy)",
      to: "bitcast<u32>(1.01 * shares.entropy)",
      runs: "plain",
      test: "observables",
    },
    {
      says: "byAlignment of the logits",
      from: "unique_leader(pull.alignments)",
      to: "unique_leader(z)",
      runs: "plain",
      test: "observables",
    },
  ],
  "columns/by-mode.wgsl": [
    {
      says: "byMode by the values' share alone, halved",
      from: "along[i] / norm",
      to: "0.5 * along[i] / norm",
      runs: "plain",
      test: "observables",
    },
  ],
  "observables/crossings.wgsl": [
    {
      says: "tippingTime at a share 2 % higher",
      from: "relative_excess(abs_tokens(p), TIPPING_AT)",
      to: "relative_excess(abs_tokens(p), 1.02 * TIPPING_AT)",
      runs: "crossings",
      test: "crossings",
    },
    {
      says: "timeToLoss at a loss 1 % higher",
      from: "loss_inside(s, stages, motion, p) / LOSS_AT",
      to: "loss_inside(s, stages, motion, p) / (1.01 * LOSS_AT)",
      runs: "crossings",
      test: "crossings",
    },
  ],
  "observables/fragility.wgsl": [
    { says: "a nudge × 1.2", from: "let size = NUDGE_SIZE", to: "let size = 1.2 * NUDGE_SIZE", runs: "fragility", test: "fragility" },
    {
      says: "removal leaves the token a weight",
      from: "REMOVAL_SCALE * w[i], 0.0, token_of",
      to: "REMOVAL_SCALE * w[i], 0.5 * p[i], token_of",
      runs: "fragility",
      test: "fragility",
    },
  ],
  "observables/fragility-reduced.wgsl": [
    {
      says: "what lies outside, doubled",
      from: "square += x * x;\n  }\n  return square;",
      to: "square += 4.0 * x * x;\n  }\n  return square;",
      runs: "fragility",
      test: "fragility",
    },
  ],
  "observables/fragility-whole.wgsl": [
    {
      says: "a direction of one sign",
      from: "draw(PURPOSE_NUDGE, run, token, component_of(c))",
      to: "abs(draw(PURPOSE_NUDGE, run, token, component_of(c)))",
      runs: "fragilityOfClasses",
      test: "fragility",
    },
  ],
  "observables/answer-sign.wgsl": [
    {
      says: "no flip is seen",
      from: "(before > 0.0) != (after > 0.0)",
      to: "(before > 0.0) != (before > 0.0)",
      runs: "fragility",
      test: "fragility",
    },
  ],
  "observables/answer-largest.wgsl": [
    {
      says: "the answer falls behind",
      from: "max_vector(changed) > max_vector(answer)",
      to: "max_vector(changed) > 0.5 * max_vector(answer)",
      runs: "fragilityOfClasses",
      test: "fragility",
    },
  ],
  "observables/dominance.wgsl": [
    {
      says: "the wrong way round, of one target",
      from: "along += v * (load_target(run, k) - load_target(next, k));",
      to: "along -= v * load_target(run, k);",
      runs: "fragility",
      test: "fragility",
    },
  ],
  "observables/end.wgsl": [
    {
      says: "loss × 1.05",
      from: "bitcast<u32>(loss_value(y, s.aim))",
      to: "bitcast<u32>(1.05 * loss_value(y, s.aim))",
      runs: "plain",
      test: "observables",
    },
    { says: "sinkNorm × 1.05", from: "bitcast<u32>(sink_norm)", to: "bitcast<u32>(1.05 * sink_norm)", runs: "plain", test: "observables" },
    {
      says: "polarizationTime × 1.05",
      from: "bitcast<u32>(progress.polarization_time)",
      to: "bitcast<u32>(1.05 * progress.polarization_time)",
      runs: "plain",
      test: "adaptive",
    },
    {
      says: "lockInTime × 1.05 + 1",
      from: "bitcast<u32>(progress.lock_in_time)",
      to: "bitcast<u32>(1.05 * progress.lock_in_time + 1.0)",
      runs: "plain",
      test: "adaptive",
    },
    {
      says: "shortfall × 1.1",
      from: "bitcast<u32>(shares.shortfall)",
      to: "bitcast<u32>(1.1 * shares.shortfall)",
      runs: "plain",
      test: "observables",
    },
    {
      says: "rankByLogit of the next token",
      from: "rank_of(load_vector(VECTOR_INITIAL_LOGITS, run), sink)",
      to: "rank_of(load_vector(VECTOR_INITIAL_LOGITS, run), (sink + 1u) % ALL_TOKENS)",
      runs: "plain",
      test: "observables",
    },
  ],
  "observables/sink.wgsl": [
    {
      says: "any sink is tied",
      from: "bitcast<u32>(second) + TIED_WITHIN >=",
      to: "bitcast<u32>(second) + 0x00800000u + TIED_WITHIN >=",
      runs: "plain",
      test: "observables",
    },
  ],
  "observables/samples.wgsl": [
    {
      says: "words of the next column",
      from: "rows[word * batch.stride + run]",
      to: "rows[((word + 1u) % u32(COLUMNS)) * batch.stride + run]",
      runs: "plain",
      test: "parity",
    },
  ],
  "points.wgsl": [
    {
      says: "starts of the next run",
      from: "return FIRST_RUN + (run - FIRST_PLACE);",
      to: "return FIRST_RUN + (run - FIRST_PLACE) + 1u;",
      runs: "plain",
      test: "starts",
    },
    {
      says: "a sampled run that is not the one meant",
      from: "return points[batch.sampled_at + sample];",
      to: "return points[batch.sampled_at + sample] ^ 1u;",
      runs: "plain",
      test: "parity",
    },
    {
      says: "recorded times × 0.99",
      from: "return Moment(points[at], ",
      to: "return Moment(points[at] - points[at] / 100u, ",
      runs: "trajectories",
      test: "adaptive",
    },
    {
      says: "recorded times less a hundredth of their part of a tick",
      from: "bitcast<f32>(points[at + 1u]));",
      to: "0.99 * bitcast<f32>(points[at + 1u]));",
      runs: "trajectories",
      test: "adaptive",
      equivalent: "no time moves by more than 5e-6, which changes a state by less than the tolerances allow",
    },
  ],
  "observables/shares.wgsl": [
    {
      says: "entropy without the sink's term",
      from: "share * minus_log_1m(shortfall) - sum_tokens(terms)",
      to: "-sum_tokens(terms)",
      runs: "plain",
      test: "observables",
    },
  ],
  "observables/norms.wgsl": [
    {
      says: "largestValue × 1.05",
      from: "largest[i] = largest_entry(run, s, i);",
      to: "largest[i] = 1.05 * largest_entry(run, s, i);",
      runs: "plain",
      test: "observables",
    },
    {
      says: "logitGap × 1.05",
      from: "return first - max_tokens(rest);",
      to: "return 1.05 * (first - max_tokens(rest));",
      runs: "plain",
      test: "observables",
    },
    {
      says: "normRatio by the lower median",
      from: "0.5 * (ranked(x, ALL_TOKENS / 2u - 1u) + upper)",
      to: "ranked(x, ALL_TOKENS / 2u - 1u)",
      runs: "plain",
      test: "observables",
    },
  ],
  "observables/events.wgsl": [
    {
      says: "events at 0.9 of their place in a step",
      from: "end - h * crossing",
      to: "end - 0.9 * h * crossing",
      runs: "plain",
      test: "adaptive",
    },
  ],
  "observables/record.wgsl": [
    {
      says: "records at 0.9 of their place in a step",
      from: "clamp(between(",
      to: "clamp(0.9 * between(",
      runs: "plain",
      test: "adaptive",
    },
  ],
  "observables/trajectory.wgsl": [
    {
      says: "alignments of the other sign",
      from: "ENTRY_ALIGNMENTS_AT, pull.alignments)",
      to: "ENTRY_ALIGNMENTS_AT, pull_of(&s, loss_gradient(y, s.aim)))",
      runs: "trajectories",
      test: "observables",
    },
  ],
};
