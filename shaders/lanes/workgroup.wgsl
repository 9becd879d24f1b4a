// A run has a workgroup of its own: LANES lanes, in SUBGROUPS sets of SUBGROUP_LANES. The lanes of a set sum among themselves, the first
// of them writes that part into `parts`, and every lane adds up all parts in the same order: all have the same number, to the bit. The two
// halves of `parts` are used in turn: a lane that writes to a half has passed the barrier of the other half, so all have read this one.
const SUBGROUPS = LANES / SUBGROUP_LANES;
const PARTS = SUBGROUPS * u32(PARCEL);
var<workgroup> parts: array<f32, 2u * PARTS>;
var<workgroup> verdict: u32;
var<private> turn: u32; // where the half begins that is in use

fn place_of(global: vec3u, group: vec3u) -> u32 {
  return group.x;
}

fn lane_of(local: u32) -> u32 {
  return local;
}

// Makes the part of each set of subgroup lanes known to all lanes.
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

// A condition that is the same on all lanes, said so that a compiler knows it: a barrier may stand only where all lanes arrive.
fn agreed(condition: bool) -> bool {
  if (lane == 0u) { verdict = select(0u, 1u, condition); }
  return workgroupUniformLoad(&verdict) == 1u;
}
