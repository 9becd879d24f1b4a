import type { Faults } from "./fault.ts";

/** Faults in what the device counts of runs: histograms over time, and columns in the place of rows. */
export const ofStatistics: Faults = {
  "statistics/tally.wgsl": [
    {
      says: "histograms over time off by 8 bins",
      from: "- i32(bins[kind].first), 0,",
      to: "- i32(bins[kind].first) + 8, 0,",
      runs: "plain",
      test: "distributions",
    },
  ],
  "statistics/reduce.wgsl": [
    {
      says: "sums of columns without carry",
      from: "if (before + x < before) {",
      to: "if (false) {",
      runs: "plain",
      test: "counting",
    },
    {
      says: "a run that polarizes counts a recorded time later",
      from: "atomicAdd(&tallies[at + slots + polarizes], 1u);",
      to: "atomicAdd(&tallies[at + slots + polarizes + 1u], 1u);",
      runs: "plain",
      test: "counting",
    },
  ],
  "statistics/pack.wgsl": [
    {
      says: "histograms over time gathered 8 bins off",
      from: "samples[2u * pair] = word;",
      to: "samples[2u * pair] = word + 8u;",
      runs: "plain",
      test: "distributions",
    },
  ],
};
