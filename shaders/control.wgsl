// The size of a state, and the test for convergence.   Twin: src/reference/control.ts

fn value_size(s: ptr<function, State>, i: i32) -> f32 {
  return sqrt(square_norm(s, i) / f32(VALUE_DIM));
}

// ‖v_i‖²
fn square_norm(s: ptr<function, State>, i: i32) -> f32 {
  return moving_square(s, i) + (*s).outside[i];
}

// The earlier state that the test for convergence compares with.
struct Kept {
  attention: Tokens,
  values: KeptValues,
}

// Whether the state differs by less than CONVERGED from the one kept, in the norm of the error with CONVERGED_RTOL and CONVERGED_ATOL.
// Keeps the new state.
fn has_converged(s: ptr<function, State>, kept: ptr<function, Kept>) -> bool {
  var sum = 0.0;
  for (var i = 0; i < TOKENS; i++) { // unroll
    let scaled = ((*s).attention[i] - (*kept).attention[i]) / (CONVERGED_ATOL + CONVERGED_RTOL * abs((*s).attention[i]));
    sum += select(0.0, scaled * scaled, TRAIN_LOGITS && is_here(i));
  }
  (*kept).attention = (*s).attention;
  if (TRAIN_VALUES) { sum += moved_since(s, kept); }
  return lanes_sum(sum) <= CONVERGED * CONVERGED * f32(TRAINED);
}

fn load_kept(run: u32) -> Kept {
  return Kept(load_tokens(run, STATE_KEPT_ATTENTION_AT), load_kept_values(run));
}

fn store_kept(run: u32, kept: ptr<function, Kept>) {
  store_tokens(run, STATE_KEPT_ATTENTION_AT, (*kept).attention);
  store_kept_values(run, kept);
}
