// Which runs are sampled for verification: every batch.sample_every-th of the ensemble, and the last.   Twin: src/model/samples.ts

// The run of a sample, counted in the batch.
fn sampled_run(sample: u32) -> u32 {
  return select(sample * batch.sample_every, batch.last_sample, sample + 1u == batch.samples) - batch.first_run;
}

// The sample that a run of the batch is; NONE if it is none.
fn sample_number(run: u32) -> u32 {
  let number = batch.first_run + run;
  let sample = number / batch.sample_every;
  let is_other = number % batch.sample_every != 0u || sample + 1u >= batch.samples;
  let found = select(sample, NONE, is_other);
  return select(found, batch.samples - 1u, number == batch.last_sample && batch.samples > 0u);
}
