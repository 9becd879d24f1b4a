// Gathers what is not 0 in the histograms, for the host: pairs of a word's place in them and the word, in any order, from the beginning
// of `samples`, which has been read by then. What is gathered becomes 0. Most bins are empty, so this is a fraction of the histograms.
// The first word of `tallies` counts the pairs; if that is more than batch.max_pairs, the rest is left for another dispatch.
// An invocation looks at WORDS_EACH words, its neighbors at neighboring ones.

@compute @workgroup_size(WORKGROUP)
fn pack(@builtin(global_invocation_id) id: vec3u) {
  let place = batch.first_place + id.x;
  if (place >= batch.end_place) { return; }
  count_done(DONE_PACK);
  let all = batch.points * batch.tally_words;
  let first = place / u32(WORKGROUP) * u32(WORKGROUP * WORDS_EACH) + place % u32(WORKGROUP);
  var found = 0u;
  for (var i = 0; i < opaque(WORDS_EACH); i++) {
    let word = first + u32(i * WORKGROUP);
    if (word < all && atomicLoad(&tallies[batch.tallies_at + word]) != 0u) { found++; }
  }
  if (found == 0u) { return; }
  var pair = atomicAdd(&tallies[0], found);
  for (var i = 0; i < opaque(WORDS_EACH); i++) {
    let word = first + u32(i * WORKGROUP);
    if (word >= all || pair >= batch.max_pairs) { continue; }
    let count = atomicLoad(&tallies[batch.tallies_at + word]);
    if (count == 0u) { continue; }
    samples[2u * pair] = word;
    samples[2u * pair + 1u] = count;
    atomicStore(&tallies[batch.tallies_at + word], 0u);
    pair++;
  }
}
