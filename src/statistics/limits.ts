/** Points with more runs have quantiles that are not exact. */
export const maxExactRuns = 2 ** 20;

/** Of so many numbers or more, ranks are worth the start of a thread: some 4 ms a column and 10⁵ numbers. */
export const manyNumbers = 2 ** 18;
