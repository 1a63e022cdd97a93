"""Records what SciPy and NumPy make of some samples: python record.py > scipy.json"""
import json
import warnings

import numpy as np
import scipy
from scipy import stats

warnings.simplefilter("ignore", RuntimeWarning)
rng = np.random.default_rng(6)


def lists(values):
    return np.asarray(values, float).tolist()


def signed_rank(d):
    d = np.asarray(d, float)
    p = stats.wilcoxon(d, zero_method="wilcox", correction=False, alternative="two-sided", method="auto").pvalue
    kept = d[d != 0]
    ranks = stats.rankdata(np.abs(kept))
    plus, minus = float(ranks[kept > 0].sum()), float(ranks[kept < 0].sum())
    # Without a difference SciPy has p = 1 where it is exact, NaN elsewhere.
    return {"differences": lists(d), "plus": plus, "minus": minus, "p": 1.0 if kept.size == 0 else float(p),
            "rank_biserial": (plus - minus) / (plus + minus) if kept.size else 0.0}


def holm(p):
    """Holm's definition, test by test; SciPy has no function for it."""
    p = np.asarray(p)
    order = np.argsort(p, kind="stable")
    corrected = np.empty(p.size)
    for place, i in enumerate(order):
        corrected[i] = max(min(1.0, (p.size - j) * p[order[j]]) for j in range(place + 1))
    return lists(corrected)


def sample(values):
    q1, q3 = np.percentile(values, [25, 75])
    keep = (values >= q1 - 1.5 * (q3 - q1)) & (values <= q3 + 1.5 * (q3 - q1))
    return {"values": lists(values), "mean": float(np.mean(values)), "sd": float(np.std(values, ddof=1)),
            "ranks": lists(stats.rankdata(values)), "within": lists(np.sort(values[keep]))}


differences = [rng.normal(shift, 1, n) for n in (1, 2, 5, 6, 13, 14, 25, 49, 50, 51, 80, 400) for shift in (0, 0.4)]
differences += [np.round(rng.normal(0.3, 2, n)) for n in (4, 9, 13, 14, 30, 50, 60, 200)]         # ties and zeros
differences += [np.where(rng.random(n) < 0.3, 0, rng.normal(0.5, 1, n)) for n in (8, 13, 14, 40, 55)]  # zeros alone
differences += [np.sort(rng.lognormal(0, 1, n)) * sign for n in (12, 40, 100) for sign in (1, -1)]  # all on one side
differences += [np.zeros(5), np.zeros(20), np.full(10, 2.0), np.full(20, -2.0)]

families = [[0.04], [0.01, 0.04, 0.03, 0.005], [0.5, 0.5, 0.5], [0.02, 0.02, 1.0, 1e-12], lists(rng.random(30) ** 4)]
blocks = [rng.normal(0, 1, (7, 4)), np.round(rng.normal(0, 1, (12, 3)))]
print(json.dumps({
    "scipy": scipy.__version__, "numpy": np.__version__,
    "signed_rank": [signed_rank(d) for d in differences],
    "holm": [{"p": p, "corrected": holm(p)} for p in families],
    "mean_ranks": [{"blocks": [lists(b) for b in t], "ranks": lists(stats.rankdata(t, axis=1).mean(axis=0))} for t in blocks],
    "samples": [sample(v) for v in [rng.lognormal(-5, 2, n) for n in (2, 7, 40, 99)] + [np.round(rng.normal(0, 3, 25))]],
}, indent=1))
