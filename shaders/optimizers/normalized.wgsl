// D = G/‖G‖, the norm over all that is trained.   Twin: src/reference/optimizers/normalized.ts
var<private> scale: f32;          // of the numbers that are squared: the square of a small gradient is below float32's range
var<private> over_norm: f32;      // 1 over the norm of the scaled numbers

fn begin_step(s: ptr<function, State>, stages: ptr<function, Stages>, k: u32) {
  var largest = select(0.0, NOISE_SCALE, GRADIENT_NOISE);
  if (TRAIN_LOGITS) { largest = max_tokens(abs_tokens((*stages)[0].slope)); }
  if (TRAIN_VALUES) {
    for (var t = 0; t < TERMS; t++) { // unroll
      var sizes = Vector();
      for (var k = 0; k < COMPONENTS; k++) { // unroll
        sizes[k] = abs((*stages)[0].x[t][k]);
      }
      largest = max(largest, max_vector(sizes));
    }
  }
  // With decay the gradient is not small where the state is not.
  scale = select(1.0 / largest, 1.0, HAS_DECAY || largest == 0.0);
  var square = 0.0;
  if (TRAIN_LOGITS) {
    for (var i = 0; i < TOKENS; i++) { // unroll
      let g = scale * ((*stages)[0].slope[i] + COUPLED_LOGITS * (*s).attention[i]);
      square += select(0.0, g * g, is_here(i));
    }
  }
  if (TRAIN_VALUES) { square += gradient_square(s, stages, scale); }
  square = lanes_sum(square);
  over_norm = select(1.0 / sqrt(square), 0.0, square == 0.0);
}

fn moves(g: vec2f, rate: f32, memory: ptr<function, Memory>) -> vec2f {
  return rate * (scale * g * over_norm);
}
