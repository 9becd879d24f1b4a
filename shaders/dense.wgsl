// Dense output: the state inside a step of h, told from its end. At a part φ of the step before the end it is moved by −φ q_j(φ)
// of every stage, with φ q_j(φ) = b_j(1) − b_j(1 − φ), the coefficients of q_j in DENSE; at φ = 0 it is the end itself, to the bit.
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
