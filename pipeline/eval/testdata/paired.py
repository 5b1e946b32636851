"""Writes paired.json: pairs of systems' values, and what the tests of others make of them.

    pip install scipy==1.17.1 ranx==0.3.21 statsmodels==0.15.0 numpy==2.4.6
    python paired.py > paired.json

The t-test, the randomisation test and the interval are scipy's (the randomisation test exact up to 20 differences that
are not 0, else from a million samples), a second randomisation test is ranx's, Holm's correction is statsmodels'. The
bootstrap test is a few lines of numpy. The detectable difference is exact: found by the noncentral t distribution.
"""

import json
import sys

import numpy as np
from ranx.statistical_tests import fisher_randomization_test
from scipy import optimize, stats
from statsmodels.stats.multitest import multipletests

SAMPLES = 1_000_000
RANDOM = np.random.default_rng(1)


def pair(queries, shift, spread, step=0.0, same=0.0):
    """Values in 0..1 of two systems, the second better by about shift; in steps (as P@10 has), some the same."""
    a = RANDOM.beta(0.8, 1.0, queries)
    b = np.clip(a + RANDOM.normal(shift, spread, queries), 0, 1)
    b = np.where(RANDOM.random(queries) < same, a, b)
    if step:
        a, b = np.round(a / step) * step, np.round(b / step) * step
    return a, b


CASES = {
    "two queries": pair(2, 0.2, 0.1),
    "five queries": pair(5, 0.3, 0.1),
    "a dozen": pair(12, 0.1, 0.2),
    "twenty": pair(20, 0.1, 0.2),
    "steps and ties": pair(30, 0.06, 0.1, step=0.1, same=0.5),
    "zeros and ones": pair(40, 0.1, 0.3, step=1.0),
    "fifty": pair(50, 0.05, 0.15),
    "fifty, worse": pair(50, -0.06, 0.2),
    "fifty in steps": pair(50, 0.04, 0.2, step=0.2),
    "fifty equally good": pair(50, 0.0, 0.2),
    "two hundred": pair(200, 0.02, 0.15, same=0.4),
    "three hundred": pair(300, 0.03, 0.15, same=0.5),
}


def differences(a, b):
    d = b - a
    return np.where(np.abs(d) < 1e-9, 0, d)


def randomisation(d):
    """Ties are left out: their sign is no matter, and without them more cases can be gone through exactly."""
    d = d[d != 0]
    exact = len(d) <= 20
    found = stats.permutation_test(
        (d,), lambda x, axis: np.sum(x, axis=axis), permutation_type="samples", vectorized=True, batch=10_000,
        n_resamples=np.inf if exact else SAMPLES, rng=np.random.default_rng(2))
    return float(found.pvalue), exact


def ranx(a, b):
    """It leaves no room for rounding, and so misses means that are equal but for that. Steps become whole numbers."""
    if np.allclose(a * 10, np.round(a * 10)) and np.allclose(b * 10, np.round(b * 10)):
        a, b = np.round(a * 10), np.round(b * 10)
    return float(fisher_randomization_test(a, b, 100_000)[0])


def shift_test(d):
    """The bootstrap test by the shift method."""
    means = np.concatenate([RANDOM.choice(d, (5000, len(d))).mean(axis=1) for _ in range(40)])
    return float(np.mean(np.abs(means - d.mean()) >= abs(d.mean()) - 1e-12))


def detectable(d):
    """The other side of the test adds nothing to a power of 80 %."""
    n = len(d)
    if n < 5:
        return None  # so large that scipy cannot work it out
    bound = stats.t.ppf(0.975, n - 1)
    about = (bound + stats.t.ppf(0.8, n - 1)) / np.sqrt(n)
    lacks = lambda effect: stats.nct.sf(bound, n - 1, effect * np.sqrt(n)) - 0.8
    return float(optimize.brentq(lacks, 0.7 * about, 1.3 * about) * d.std(ddof=1))


def main():
    out = []
    for name, (a, b) in CASES.items():
        print(name, file=sys.stderr)
        d = differences(a, b)
        p, exact = randomisation(d)
        ci = stats.bootstrap((d,), np.mean, n_resamples=100_000, batch=2_000, method="percentile", rng=np.random.default_rng(3))
        out.append({
            "name": name, "a": a.tolist(), "b": b.tolist(), "difference": float(d.mean()),
            "p": p, "exact": exact, "p_ranx": ranx(a, b),
            "p_t": float(stats.ttest_rel(b, a).pvalue), "p_bootstrap": shift_test(d),
            "ci": [float(ci.confidence_interval.low), float(ci.confidence_interval.high)],
            "error": float(d.std(ddof=1) / np.sqrt(len(d))), "detectable": detectable(d),
        })
    p = [c["p_t"] for c in out]
    holm = {"p": p, "corrected": multipletests(p, method="holm")[1].tolist()}
    text = json.dumps({"cases": out, "holm": holm}, separators=(",", ":"))
    print(text.replace("],", "],\n").replace("},", "},\n"))


main()
