// Where the parts of the slope begin; it is kept as a Stage.
const STAGE_Y_AT = STATE_SLOPE_AT + ALL_TOKENS;
const STAGE_TERMS_AT = STAGE_Y_AT + u32(DIM);
const TERM_WORDS = ALL_TOKENS + u32(DIM);

fn load_slope(run: u32) -> Stage {
  var stage = Stage();
  stage.slope = load_tokens(run, STATE_SLOPE_AT);
  stage.y = load_vector_at(run, STAGE_Y_AT);
  for (var t = 0; t < TERMS; t++) { // unroll
    stage.w[t] = load_tokens(run, STAGE_TERMS_AT + u32(t) * TERM_WORDS);
    stage.x[t] = load_vector_at(run, STAGE_TERMS_AT + u32(t) * TERM_WORDS + ALL_TOKENS);
  }
  return stage;
}

fn store_slope(run: u32, stage: Stage) {
  store_tokens(run, STATE_SLOPE_AT, stage.slope);
  store_vector_at(run, STAGE_Y_AT, stage.y);
  for (var t = 0; t < TERMS; t++) { // unroll
    store_tokens(run, STAGE_TERMS_AT + u32(t) * TERM_WORDS, stage.w[t]);
    store_vector_at(run, STAGE_TERMS_AT + u32(t) * TERM_WORDS + ALL_TOKENS, stage.x[t]);
  }
}
