"""Records what NumPy and SciPy say of averages of members, in scipy.json:

    python record.py

The weights are those of stacked regressions: from 0, with a sum of 1, and the least mean square
error. Mean and variance of a mixture are those of its samples' laws: E[x] and E[x²] − E[x]².
"""
import json
import os

import numpy as np
from scipy.optimize import minimize

rng = np.random.default_rng(5)
signals, n, members = 30, 8, 4
flux = rng.normal(size=(signals, n)).astype(np.float32)
common = rng.normal(size=(signals, n))  # errors that the members share
x = np.empty((members, signals, n), np.float32)
for k, (own, shared) in enumerate([(0.5, 0.5), (0.7, 0.0), (0.3, 1.5), (1.5, 0.0)]):
    x[k] = flux + own * rng.normal(size=(signals, n)) + shared * common
counts = rng.random((signals, n)) < 0.6

e = (x.astype(float) - flux).transpose(1, 2, 0)
per_signal = [e[i][counts[i]] for i in range(signals)]


def loss(w):
    return np.mean([np.mean((ei @ w) ** 2) for ei in per_signal])


best = minimize(loss, np.full(members, 1 / members), bounds=[(0, 1)] * members, method="SLSQP",
                constraints={"type": "eq", "fun": lambda w: w.sum() - 1}, options={"ftol": 1e-16, "maxiter": 1000})

# A mixture of three members: the second without deviations, the third without noise.
weights = np.array([0.5, 0.3, 0.2])
sigma = np.abs(rng.normal(size=(3, n))).astype(np.float32)
sigma[1] = 0
noise = np.abs(rng.normal(size=(2, n))).astype(np.float32)
means = x[:3, 0].astype(float)
mean = weights @ means
second = weights @ (sigma.astype(float) ** 2 + means**2)
mixture = {
    "weights": weights, "sigma": sigma[[0, 2]], "noise": noise, "mean": mean, "deviation": np.sqrt(second - mean**2),
    "left": np.sqrt((weights[:2] @ noise.astype(float) ** 2) / weights[:2].sum()),
}
evidence = np.array([-812.5, -810.25, -815.0])

out = {
    "flux": flux.tolist(), "x": x.tolist(), "counts": counts.tolist(), "weights": best.x.tolist(), "loss": best.fun,
    "mixture": {k: v.tolist() for k, v in mixture.items()},
    "evidence": evidence.tolist(), "posterior": (np.exp(evidence - evidence.max()) / np.exp(evidence - evidence.max()).sum()).tolist(),
}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "scipy.json"), "w") as f:
    json.dump(out, f)
print(best.x, best.fun, best.success)
