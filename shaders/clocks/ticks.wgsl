// Flow time where all ticks have one length.
fn flow_time(m: Moment) -> f32 {
  return f32(m.ticks) * TICK + m.rest;
}
