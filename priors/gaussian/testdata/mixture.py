"""Records a mixture of factor analyses that NumPy fits to a small data set with gaps, and what SciPy
says of it, in mixture.json:

    python mixture.py

Expectation maximisation inverts whole covariances, as the package never does. It starts from the true classes and goes on until nothing changes.
"""
import json
import os

import numpy as np
from scipy.stats import multivariate_normal

rng = np.random.default_rng(11)
n, d, signals, classes = 10, 2, 160, 2
truth = rng.integers(classes, size=signals)
means = np.stack([np.full(n, 2.0), 2 + 0.9 * np.sin(np.arange(n))])
bases = 0.7 * rng.normal(size=(classes, d, n))
noise = np.linspace(0.2, 0.5, n)
x = (means[truth] + np.einsum("id,idn->in", rng.normal(size=(signals, d)), bases[truth]) + noise * rng.normal(size=(signals, n))).astype(np.float32)
seen = rng.random((signals, n)) > 0.15
x64 = np.where(seen, x.astype(float), 0)


def covariances(w, psi):
    """The covariance of each signal, in which what was not seen is independent, with variance 1."""
    cov = w.T @ w + np.diag(psi)
    return np.where(seen[:, :, None] & seen[:, None, :], cov, np.eye(n))


def logs(shares, mu, w, psi):
    """The log density of each signal's seen fluxes in each class, with the class's share."""
    out = np.empty((signals, classes))
    for c in range(classes):
        cov, off = covariances(w[c], psi[c]), seen * (x64 - mu[c])
        square = np.einsum("ij,ij->i", off, np.linalg.solve(cov, off[:, :, None])[:, :, 0])
        out[:, c] = np.log(shares[c]) - (square + np.linalg.slogdet(cov)[1] + seen.sum(1) * np.log(2 * np.pi)) / 2
    return out


def step(r, mu, w, psi):
    """One M-step given memberships r: a regression of each flux on (z, 1), for moments of z given what was seen."""
    for c in range(classes):
        gain = w[c] @ np.linalg.inv(covariances(w[c], psi[c])) * seen[:, None, :]
        z = np.einsum("iaj,ij->ia", gain, x64 - mu[c])
        h = np.hstack([z, np.ones((signals, 1))])
        second = h[:, :, None] * h[:, None, :]
        second[:, :d, :d] += np.eye(d) - gain @ w[c].T
        for j in range(n):
            weight = r[:, c] * seen[:, j]
            gram, along = np.einsum("i,iab->ab", weight, second), (weight * x64[:, j]) @ h
            beta = np.linalg.solve(gram, along)
            w[c, :, j], mu[c, j] = beta[:d], beta[d]
            psi[c, j] = ((weight * x64[:, j] ** 2).sum() - 2 * beta @ along + beta @ gram @ beta) / weight.sum()


mu, w, psi = means.copy(), bases.copy(), np.tile(noise**2, (classes, 1))
r, last = np.eye(classes)[truth], -np.inf
for _ in range(20000):
    shares = r.mean(0)
    step(r, mu, w, psi)
    l = logs(shares, mu, w, psi)
    total = np.logaddexp.reduce(l, axis=1)
    r = np.exp(l - total[:, None])
    if total.mean() - last < 1e-13:
        break
    last = total.mean()
check = [multivariate_normal(mu[c][seen[0]], (w[c].T @ w[c] + np.diag(psi[c]))[np.ix_(seen[0], seen[0])]).logpdf(x64[0, seen[0]]) for c in range(classes)]
assert np.allclose(l[0], np.log(shares) + check)

# The posterior of the signal without noise after a few fluxes, for the first signal whose class is in doubt then.
at = np.array([0, 2, 3, 7])
cov = w.transpose(0, 2, 1) @ w
for signal in range(signals):
    log, mean, var = np.empty(classes), np.empty((classes, n)), np.empty((classes, n))
    y = x[signal, at].astype(float)
    for c in range(classes):
        some = cov[c][np.ix_(at, at)] + np.diag(psi[c][at])
        gain = cov[c][:, at] @ np.linalg.inv(some)
        mean[c] = mu[c] + gain @ (y - mu[c][at])
        var[c] = np.diag(cov[c] - gain @ cov[c][at])
        log[c] = np.log(shares[c]) + multivariate_normal(mu[c][at], some).logpdf(y)
    p = np.exp(log - np.logaddexp.reduce(log))
    if p.min() > 0.2:
        break
post = p @ mean
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "mixture.json"), "w") as f:
    json.dump({
        "Signals": x.astype(float).round(9).ravel().tolist(), "Seen": seen.astype(int).ravel().tolist(), "Dim": n, "Factors": d, "Truth": truth.tolist(),
        "LogLikelihood": last, "Memberships": r.ravel().tolist(),
        "Shares": shares.tolist(), "Means": mu.ravel().tolist(), "Bases": w.ravel().tolist(), "Noises": psi.ravel().tolist(),
        "At": at.tolist(), "Signal": signal, "Posterior": post.tolist(), "Sigma": np.sqrt(p @ (var + (mean - post) ** 2)).tolist(),
        "Evidence": float(np.logaddexp.reduce(log)),
    }, f)
