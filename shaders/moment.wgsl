// Flow time in two parts: one float32 could not advance by less than 0.03 at a time of 10⁶.   Twin: src/model/moment.ts
struct Moment {
  ticks: u32, // multiples of TICK, which is the step where steps are fixed, else a power of two
  rest: f32,  // in [0, a tick)
}

fn is_after(a: Moment, b: Moment) -> bool {
  return a.ticks > b.ticks || (a.ticks == b.ticks && a.rest > b.rest);
}

// Flow time from one moment to a later one.
fn between(earlier: Moment, later: Moment) -> f32 {
  return f32(later.ticks - earlier.ticks) * TICK + (later.rest - earlier.rest);
}

fn end_moment() -> Moment {
  return Moment(END_TICKS, END_REST);
}

// The moment after a step of h. Carrying is exact, since a tick is a power of two. (A fixed step is a tick.)
fn moment_after(m: Moment, h: f32) -> Moment {
  if (!ADAPTIVE) { return Moment(m.ticks + 1u, 0.0); }
  let rest = m.rest + h;
  let carried = floor(rest / TICK);
  return Moment(m.ticks + u32(carried), rest - carried * TICK);
}
