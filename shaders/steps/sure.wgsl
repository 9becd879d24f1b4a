// Steps that are sure to be quiet, by how far they can move a state: under softmax with the temperature T, where logits are the attention a,
// by a Runge-Kutta method whose coefficients lie in [−1, 1].
//
// Let R be the largest ‖v_i − y‖ now, g the x of a stage, and G = h Σ ‖g‖ over the stages of all steps from now on. Until their end
//   every v_i is within R + G of where y is now, since a stage moves it by h b_j p_i g, and p_i ≤ 1; and so is y, since Σ p_i = 1
//   the slope of a_i is p_i (v_i·g − y·g)/T = p_i Σ_j p_j (v_i − v_j)·g/T, at most 2 p_i (1 − p_i) (R + G) ‖g‖/T
//   so a_i − a_j moves by at most D = 2 Q (R + G) G/T, with Q a bound of p_i (1 − p_i) + p_j (1 − p_j): ½, and 2e^(D/T) times the smaller one of the
//   largest weight of now and 1 less it, since no p_i and no 1 − p_i grows by more than e^(D/T); and the largest share moves by at most D/4T
// No step has an event while D is at most half of the leader's lead in a, and the share goes at most half of its way to the threshold. So it is while G
// stays within DT/4QR', with R' the larger one of R and ½√(DT/Q). A stage spends (‖g‖² + u²)/2u ≥ ‖g‖ of it: that needs no root, at any u.
// The other halves are for rounding: of weights, and in each step of two logits, by 2⁻²⁴ of the largest |a|. That bounds the number of steps.
const MOST_SURE = 1024.0; // steps
const LEAST_SURE = 16.0;
const LEAST_MOVES = 1e-5; // D/T
const LOOKS_BETWEEN = 8u; // until it is tried again, where there was no room

struct Sure {
  left: f32, // 2u/h times what is left of G; below 0 where nothing is sure
  unit: f32, // u² for each stage
  waits: u32, // looks until it is tried again
}

fn nothing_sure() -> Sure {
  return Sure(-1.0, 0.0, 0u);
}

// Spends what a step has moved. Whether this step has to be looked at, and the next.
fn spend(sure: ptr<function, Sure>, stages: ptr<function, Stages>) -> bool {
  var spent = (*sure).unit;
  for (var j = 0; j < STAGES; j++) { // unroll
    for (var k = 0; k < COMPONENTS; k++) { // unroll
      spent += (*stages)[j].x[0][k] * (*stages)[j].x[0][k];
    }
  }
  (*sure).left -= spent;
  // By bits: NaN and negative numbers lie above infinity.
  return neighbors_any(bitcast<u32>((*sure).left) > 0x7f800000u);
}

// At a state with weights p: for how long the next steps are sure to be quiet.
fn renew(sure: ptr<function, Sure>, progress: ptr<function, Progress>, s: ptr<function, State>, stages: ptr<function, Stages>, p: Tokens) {
  if ((*sure).waits > 0u) {
    (*sure).waits--;
    return;
  }
  let leader = (*progress).leader;
  let y = output_of(s, p);
  var others = Tokens();
  var squares = Tokens();
  for (var i = 0; i < TOKENS; i++) { // unroll
    others[i] = select((*s).attention[i], LOWEST, token_of(i) == leader);
    for (var k = 0; k < COMPONENTS; k++) { // unroll
      let x = (*s).values[i][k] - y[k];
      squares[i] += x * x;
    }
  }
  let t = NORMALIZER_TEMPERATURE;
  let most = max_tokens(abs_tokens((*s).attention));
  let share = max_tokens(p);
  var moves = 0.5 * (at_token((*s).attention, leader) - max_tokens(others)); // D
  if ((*progress).polarization_time == NEVER) { moves = min(moves, 2.0 * t * (POLARIZED_AT - share)); }
  let least_weight = min(share, 1.0 - share + 1e-6); // and its rounding
  let spread = min(0.5, 2.0 * least_weight * exp(clamp(moves / t, 0.0, 80.0))); // Q
  let radius = max(sqrt(max_tokens(squares)), 0.5 * sqrt(max(moves, 0.0) * t / spread)); // R'
  let room = 0.25 * moves * t / (spread * radius);
  let g = (*stages)[0].x[0];
  let steps = min(MOST_SURE, 0x1p22 * moves / max(most, 0x1p-20)); // half of what rounding allows
  let least = 2.0 * room / (STEP * steps * f32(STAGES));
  let unit = max(sqrt(dot_vectors(g, g)), least); // u
  let is_sure = leader != NONE && moves > LEAST_MOVES * t && steps > LEAST_SURE && most < 1e6 && radius < 1e6 && unit < 1e6 && dot_vectors(y, y) < 1e6;
  (*sure).left = select(-1.0, 2.0 * unit * room / STEP, is_sure);
  (*sure).unit = unit * unit * f32(STAGES);
  (*sure).waits = select(LOOKS_BETWEEN, 0u, is_sure);
}
