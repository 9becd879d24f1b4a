// Sums and maxima over the components of vectors, of which shaders/values/ says what a lane holds.
fn dot_vectors(x: Vector, y: Vector) -> f32 {
  var sum = 0.0;
  for (var k = 0; k < COMPONENTS; k++) { // unroll
    sum += select(0.0, x[k] * y[k], is_component(k));
  }
  return components_sum(sum);
}

fn max_vector(x: Vector) -> f32 {
  var largest = LOWEST;
  for (var k = 0; k < COMPONENTS; k++) { // unroll
    largest = select(largest, max(largest, x[k]), is_component(k));
  }
  return components_max(largest);
}

// Whether this lane's components are finite numbers.
fn is_finite_here(x: Vector) -> bool {
  var finite = true;
  for (var k = 0; k < COMPONENTS; k++) { // unroll
    finite &= !is_non_finite(x[k]) || !is_component(k);
  }
  return finite;
}
