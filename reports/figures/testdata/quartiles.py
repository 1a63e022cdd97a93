"""Records quartiles of numpy.percentile's default method in quartiles.json."""

import json
import pathlib

import numpy as np

rng = np.random.default_rng(0)
samples = [
    [3.0],
    [2.0, 1.0],
    [1.0, 2.0, 4.0],
    [0.0, 0.0, 0.0, 0.0],
    [1.0, 2.0, 3.0, 4.0, 100.0],
    [1e-12, 3e-9, 2e-7, 5.0, 1e6, 2e9],
]
samples += [rng.lognormal(-5, 2, n).tolist() for n in (7, 10, 13, 24, 99, 100)]
cases = []
for values in samples:
    q1, median, q3 = np.percentile(values, [25, 50, 75])
    reach = 1.5 * (q3 - q1)
    shown = [v for v in values if q1 - reach <= v <= q3 + reach]
    cases.append({
        "values": values, "q1": q1, "median": median, "q3": q3,
        "left_out": len(values) - len(shown), "whisker_low": min(shown), "whisker_high": max(shown),
    })
text = json.dumps({"numpy": np.__version__, "cases": cases}, indent=1)
(pathlib.Path(__file__).parent / "quartiles.json").write_text(text + "\n")
