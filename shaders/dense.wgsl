// Dense output: the motion from the end of a step of h to the state at a part φ of the step before the end. It takes back φ q_j(φ) of
// every stage, where φ q_j(φ) = b_j(1) − b_j(1 − φ), and DENSE has the coefficients of q_j; at φ = 0 it is the end itself, to the bit.
fn inside(h: f32, phi: f32) -> Motion {
  var parts = Parts();
  for (var j = 0; j < STAGES; j++) { // unroll
    var q = 0.0;
    for (var m = 0; m < DEGREE; m++) { // unroll
      q = q * phi + DENSE[j][m];
    }
    parts[j] = -phi * q;
  }
  return Motion(h, parts);
}
