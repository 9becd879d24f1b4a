// A workgroup of LANES invocations a run. Near ones sum among themselves, one of them writes that down, and every lane adds up
// all parts in the same order, so all have the same number to the bit. Two halves of the memory take turns: who writes one again
// has passed the barrier of the other, and all had read the first by then.
const FAR = LANES / NEAR;
const PARTS = FAR * u32(PARCEL);
var<workgroup> parts: array<f32, 2u * PARTS>;
var<workgroup> verdict: u32;
var<private> turn: u32;

fn place_of(global: vec3u, group: vec3u) -> u32 {
  return group.x;
}

fn lane_of(local: u32) -> u32 {
  return local;
}

// A part of each group of near lanes, for all to read.
fn hand_round(part: f32) {
  turn = PARTS - turn;
  if (lane % NEAR == 0u) { parts[turn + lane / NEAR] = part; }
  workgroupBarrier();
}

fn lanes_sum(x: f32) -> f32 {
  let part = near_sum(x);
  hand_round(part);
  var sum = 0.0;
  for (var other = 0u; other < u32(opaque(FAR)); other++) {
    sum += parts[turn + other];
  }
  return sum;
}

fn lanes_max(x: f32) -> f32 {
  let part = near_max(x);
  hand_round(part);
  var largest = part;
  for (var other = 0u; other < u32(opaque(FAR)); other++) {
    largest = max(largest, parts[turn + other]);
  }
  return largest;
}

fn lanes_sum_parcel(x: Parcel) -> Parcel {
  turn = PARTS - turn;
  for (var k = 0; k < PARCEL; k++) { // unroll
    let part = near_sum(x[k]);
    if (lane % NEAR == 0u) { parts[turn + u32(k) * FAR + lane / NEAR] = part; }
  }
  workgroupBarrier();
  var sum = Parcel();
  for (var other = 0u; other < u32(opaque(FAR)); other++) {
    for (var k = 0; k < PARCEL; k++) { // unroll
      sum[k] += parts[turn + u32(k) * FAR + other];
    }
  }
  return sum;
}

// What all lanes decide alike, in a way that the compiler can see: barriers may stand only where all of them come by.
fn agreed(condition: bool) -> bool {
  if (lane == 0u) { verdict = select(0u, 1u, condition); }
  return workgroupUniformLoad(&verdict) == 1u;
}
