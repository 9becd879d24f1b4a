"""Values for test/statistics/comparisons.test.ts, from SciPy and from likelihoods written out:   python3 statistics.py > statistics.json"""

import json

import numpy as np
import scipy
from scipy import optimize, stats

rng = np.random.default_rng(1)
normal = stats.norm.ppf(0.975)


def survival(times, happened):
    """Kaplan-Meier with log-log intervals; the median's interval by reading where they cross one half."""
    times, happened = np.array(times, float), np.array(happened, bool)
    found = stats.ecdf(stats.CensoredData.right_censored(times, ~happened)).sf
    band = found.confidence_interval(method="log-log")
    at = np.isin(found.quantiles, times[happened]) & (found.probabilities > 0)
    t = found.quantiles[at]

    def first(probabilities):
        crossed = t[np.nan_to_num(probabilities[at], nan=1.0) <= 0.5]
        return float(crossed[0]) if len(crossed) else None

    return {
        "times": [float(x) if h else None for x, h in zip(times, happened)],
        "ends": times.tolist(),
        "time": t.tolist(),
        "survival": found.probabilities[at].tolist(),
        "low": band.low.probabilities[at].tolist(),
        "high": band.high.probabilities[at].tolist(),
        "median": first(found.probabilities),
        "medianInterval": [first(band.low.probabilities), first(band.high.probabilities)],
    }


def score_interval(b, c, n):
    """Tango's interval: the chance q of c is found by maximizing the likelihood at a given difference, and the ends by root finding."""

    def statistic(delta):
        low, high = max(0.0, -delta), (1 - delta) / 2

        def minus_log_likelihood(q):
            logs = [(b, q + delta), (c, q), (n - b - c, 1 - 2 * q - delta)]
            return -sum(k * np.log(max(p, 1e-300)) for k, p in logs if k > 0)

        q = optimize.minimize_scalar(minus_log_likelihood, bounds=(low, high), method="bounded", options={"xatol": 1e-13}).x
        return (b - c - n * delta) / np.sqrt(n * (2 * q + delta * (1 - delta)))

    estimate = (b - c) / n
    tiny = 1e-9
    ends = []
    for sign, edge in ((1, -1 + tiny), (-1, 1 - tiny)):
        ends.append(optimize.brentq(lambda delta: statistic(delta) - sign * normal, edge, estimate - sign * tiny, xtol=1e-12))
    return ends


def precision_runs(width):
    """The least even number of runs whose Clopper-Pearson interval of a share of one half is no wider than twice the width."""
    low, high = 0, 1 << 24
    while high - low > 1:
        half = (low + high) // 2
        interval = stats.beta.ppf(0.975, half + 1, half) - stats.beta.ppf(0.025, half, half + 1)
        low, high = (low, half) if interval <= 2 * width else (half, high)
    return 2 * high


def slope(x, y):
    fit = stats.linregress(np.log(x), np.log(y))
    width = stats.t.ppf(0.975, len(x) - 2) * fit.stderr
    return {
        "x": list(x),
        "y": list(y),
        "slope": fit.slope,
        "intercept": fit.intercept,
        "slopeError": fit.stderr,
        "interceptError": fit.intercept_stderr,
        "interval": [fit.slope - width, fit.slope + width],
    }


def quantile_ranks(n, p):
    """The ranks, from 0, of the ends; None where SciPy has no end."""
    interval = stats.quantile_test(np.arange(n, dtype=float), p=p).confidence_interval(0.95)
    return [None if not np.isfinite(end) else int(end) for end in interval]


numbers = rng.exponential(size=200)
others = 0.8 * numbers + rng.normal(scale=0.3, size=200) - 0.05
resampled = stats.bootstrap((numbers, others), lambda x, y: np.mean(x) - np.mean(y), paired=True, vectorized=False,
                            n_resamples=200_000, method="percentile", rng=2).confidence_interval

# Remission of leukemia under 6-MP, in weeks (Freireich et al. 1963, as in Klein and Moeschberger, Survival Analysis, 2003, table 1.2).
weeks = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
relapse = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]

print(json.dumps({
    "scipy": scipy.__version__,
    "atMost": [[k, n, p, stats.binom.cdf(k, n, p)] for k, n, p in
               [(0, 1, 0.5), (3, 10, 0.5), (10, 100, 0.05), (499, 1000, 0.5), (523_500, 2**20, 0.5), (2**30 - 50_000, 2**31, 0.5)]],
    "signTest": [[a, b, stats.binomtest(a, a + b, 0.5).pvalue] for a, b in [(1, 9), (5, 5), (59, 6), (1000, 1100), (520_000, 523_000)]],
    "studentWidth": [[df, stats.t.ppf(0.975, df)] for df in [1, 2, 3, 10, 1000]],
    "quantileRanks": [[n, p, *quantile_ranks(n, p)] for n, p in
                      [(5, 0.5), (6, 0.5), (100, 0.5), (101, 0.25), (1000, 0.05), (40, 0.95), (2**20, 0.5)]],
    "scoreInterval": [[b, c, n, *score_interval(b, c, n)] for b, c, n in
                      [(1, 9, 40), (12, 2, 50), (0, 5, 30), (256, 144, 1319), (3, 3, 2000), (40_000, 39_000, 2**20)]],
    "survival": [survival(weeks, relapse), survival(np.round(20 * rng.exponential(size=60)) + 1, rng.random(60) < 0.6)],
    "slope": [slope([4, 8, 16, 32, 64], [1.5, 3.3, 6.1, 13.5, 27.2]), slope([2, 3, 5, 7], [9.1, 4.2, 1.3, 0.8])],
    "runsForPrecision": [[w, precision_runs(w)] for w in [0.4, 0.1, 0.05, 0.01, 0.001]],
    "paired": {
        "first": numbers.tolist(),
        "second": others.tolist(),
        "mean": float(np.mean(numbers - others)),
        "bootstrap": [float(resampled.low), float(resampled.high)],
        "standardized": float(np.mean(numbers - others) / np.std(numbers - others, ddof=1)),
        "pValue": stats.binomtest(int(np.sum(numbers > others)), 200, 0.5).pvalue,
        "median": stats.quantile_test(numbers - others, p=0.5).confidence_interval(0.95)._asdict(),
    },
}, indent=1))
