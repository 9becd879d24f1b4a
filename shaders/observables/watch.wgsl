// What is followed from step to step: whether the run is sound, who leads, and since when.
struct Watch {
  status: u32,            // STATUS_COMPLETED as long as nothing is wrong
  steps: u32,             // taken until something was
  leader: u32,            // token of the largest share; NONE until one is ahead
  lock_in_step: u32,      // last change of the leader
  polarization_step: u32, // first step at which the largest share reached POLARIZED_AT; NONE before
}

fn load_watch(run: u32) -> Watch {
  return Watch(
    watches[run],
    watches[batch.stride + run],
    watches[2u * batch.stride + run],
    watches[3u * batch.stride + run],
    watches[4u * batch.stride + run],
  );
}

fn store_watch(run: u32, w: Watch) {
  watches[run] = w.status;
  watches[batch.stride + run] = w.steps;
  watches[2u * batch.stride + run] = w.leader;
  watches[3u * batch.stride + run] = w.lock_in_step;
  watches[4u * batch.stride + run] = w.polarization_step;
}

// Looks at a state after `step` steps, with its weights p and output y. False if the run must end here.
fn watch(w: ptr<function, Watch>, s: ptr<function, State>, p: Tokens, y: Vector, step: u32) -> bool {
  // By bits: as unsigned numbers infinity and NaN lie above every finite magnitude.
  let size = bitcast<u32>(dot_vectors(y, y) + dot_tokens((*s).logits, (*s).logits)) & 0x7fffffffu;
  if (size > bitcast<u32>(f32(DIVERGED_AT))) {
    var finite = true;
    for (var k = 0; k < DIM; k++) { // unroll
      finite &= !is_non_finite(y[k]);
    }
    for (var i = 0; i < TOKENS; i++) { // unroll
      finite &= !is_non_finite((*s).logits[i]);
    }
    (*w).status = select(STATUS_NON_FINITE, STATUS_DIVERGED, finite);
    (*w).steps = step;
    return false;
  }
  let magnitudes = abs_tokens(p);
  let largest = max_tokens(magnitudes);
  let top = unique_leader(magnitudes);
  if (top != NONE && top != (*w).leader) {
    if ((*w).leader != NONE) { (*w).lock_in_step = step; }
    (*w).leader = top;
  }
  var total = 1.0;
  if (!WEIGHTS_ARE_SHARES) { total = sum_tokens(magnitudes); }
  if ((*w).polarization_step == NONE && largest > 0.0 && largest >= POLARIZED_AT * total) { (*w).polarization_step = step; }
  return true;
}
