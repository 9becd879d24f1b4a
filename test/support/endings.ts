type Specification = Record<string, unknown>;

/** For each status a specification whose adaptive run ends with it: on the CPU engine in float64, and on a device in float32, which overflows earlier. */
export const endings: Record<string, { cpu: Specification; device: Specification }> = {
  completed: same({ tokens: 4 }),
  converged: same({ tokens: 4, loss: "square" }),
  "max-steps": same({ tokens: 4, until: { maxSteps: 5 } }),
  // ‖y‖² is 10³⁶ at the start: finite, and beyond what counts as sound.
  diverged: same(steep("linear", 1e9, 1e9)),
  // e^(−m) leaves the finite numbers at the start.
  "non-finite": { cpu: steep("sparsemax", 1, 1000), device: steep("sparsemax", 1, 100) },
  // e^(−m) is finite, but no step is short enough: h·e^(−m) moves the margin by 1 at h = 10⁻³⁰⁸ (float64) and 10⁻³⁸ (float32).
  stalled: { cpu: steep("sparsemax", 1, 709), device: steep("sparsemax", 1, 87) },
};

function same(specification: Specification) {
  return { cpu: specification, device: specification };
}

/** All weight is on a token whose value is far on the wrong side of the target under exponential loss. */
function steep(normalizer: string, logit: number, value: number) {
  return {
    tokens: 2,
    dim: 1,
    loss: "exponential",
    normalizer,
    logits: { kind: "given", vector: [logit, 0] },
    values: { kind: "given", matrix: [[normalizer === "linear" ? value : -value, 0]] },
    target: { kind: "given", vector: [1] },
  };
}
