// A workgroup of LANES invocations a run, in SUBGROUPS sets of SUBGROUP_LANES. The lanes of a set sum among themselves, the first of
// them writes that part down, and every lane adds up all parts in the same order: all have the same number, to the bit. Two halves of
// the memory take turns: a lane that writes one half again has passed the barrier of the other half, and by then all have read the first.
const SUBGROUPS = LANES / SUBGROUP_LANES;
const PARTS = SUBGROUPS * u32(PARCEL);
var<workgroup> parts: array<f32, 2u * PARTS>;
var<workgroup> verdict: u32;
var<private> turn: u32;

fn place_of(global: vec3u, group: vec3u) -> u32 {
  return group.x;
}

fn lane_of(local: u32) -> u32 {
  return local;
}

// Writes the part of each set of subgroup lanes where all lanes can read it.
fn share_part(part: f32) {
  turn = PARTS - turn;
  if (lane % SUBGROUP_LANES == 0u) { parts[turn + lane / SUBGROUP_LANES] = part; }
  workgroupBarrier();
}

fn lanes_sum(x: f32) -> f32 {
  let part = subgroup_sum(x);
  share_part(part);
  var sum = 0.0;
  for (var other = 0u; other < u32(opaque(SUBGROUPS)); other++) {
    sum += parts[turn + other];
  }
  return sum;
}

fn lanes_max(x: f32) -> f32 {
  let part = subgroup_max(x);
  share_part(part);
  var largest = part;
  for (var other = 0u; other < u32(opaque(SUBGROUPS)); other++) {
    largest = max(largest, parts[turn + other]);
  }
  return largest;
}

fn lanes_sum_parcel(x: Parcel) -> Parcel {
  turn = PARTS - turn;
  for (var k = 0; k < PARCEL; k++) { // unroll
    let part = subgroup_sum(x[k]);
    if (lane % SUBGROUP_LANES == 0u) { parts[turn + u32(k) * SUBGROUPS + lane / SUBGROUP_LANES] = part; }
  }
  workgroupBarrier();
  var sum = Parcel();
  for (var other = 0u; other < u32(opaque(SUBGROUPS)); other++) {
    for (var k = 0; k < PARCEL; k++) { // unroll
      sum[k] += parts[turn + u32(k) * SUBGROUPS + other];
    }
  }
  return sum;
}

// A condition that all lanes find alike, made so in a way that a compiler sees: a barrier may stand only where all lanes pass.
fn agreed(condition: bool) -> bool {
  if (lane == 0u) { verdict = select(0u, 1u, condition); }
  return workgroupUniformLoad(&verdict) == 1u;
}
