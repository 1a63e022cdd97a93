"""Records what scikit-learn and SciPy say of a small data set, in sklearn.json:

    python record.py

Factor analysis and probabilistic PCA are fitted until they no longer change.
"""
import json
import os

import numpy as np
from scipy.stats import multivariate_normal
from sklearn.decomposition import PCA, FactorAnalysis

rng = np.random.default_rng(3)
n, k, signals = 12, 3, 60
basis = rng.normal(size=(k, n))
x = (2 + rng.normal(size=(signals, k)) @ basis + rng.normal(size=(signals, n)) * np.linspace(0.2, 0.6, n)).astype(np.float32)

fa = FactorAnalysis(n_components=k, tol=1e-12, max_iter=100000, svd_method="lapack").fit(x.astype(float))
pca = PCA(n_components=k).fit(x.astype(float))
# scikit-learn's PCA divides by N-1, the maximum of the likelihood by N.
values = np.linalg.eigvalsh(np.cov(x.astype(float).T, bias=True))[::-1]
noise = values[k:].mean()
cov = (pca.components_.T * (values[:k] - noise)) @ pca.components_ + noise * np.eye(n)
ppca = multivariate_normal(x.astype(float).mean(0), cov).logpdf(x.astype(float)).mean()

# The posterior of the noise-free signal after some fluxes, by conditioning a joint normal.
seen = np.array([0, 2, 3, 5, 8, 9])
w, psi, mu = fa.components_, fa.noise_variance_, fa.mean_
prior = w.T @ w
gain = prior[:, seen] @ np.linalg.inv(prior[np.ix_(seen, seen)] + np.diag(psi[seen]))
post = prior - gain @ prior[seen]
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "sklearn.json"), "w") as f:
    json.dump({
        "Signals": x.astype(float).round(9).ravel().tolist(), "Dim": n, "Factors": k,
        "FactorAnalysis": float(fa.score(x.astype(float))), "Covariance": fa.get_covariance().ravel().tolist(),
        "PPCA": float(ppca),
        "Mean": mu.tolist(), "Basis": w.ravel().tolist(), "Noise": psi.tolist(),
        "Seen": seen.tolist(), "Posterior": (mu + (x[0].astype(float)[seen] - mu[seen]) @ gain.T).tolist(),
        "Sigma": np.sqrt(np.diag(post)).tolist(),
        "Evidence": float(multivariate_normal(mu[seen], prior[np.ix_(seen, seen)] + np.diag(psi[seen])).logpdf(x[0].astype(float)[seen])),
    }, f)
