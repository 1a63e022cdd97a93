"""Records what astroML's iterative_pca and Bailey's empca compute:

    python record.py [sdss-like-4000.npz]

astroML 1.0.2 needs SciPy 1.10 (solve() has lost sym_pos since), and so NumPy 1.24. The
module empca is empca.py of https://github.com/sbailey/empca. The tables are made of numbers
that float32 holds.
"""
import json
import sys

import numpy as np
import empca
from astroML.dimensionality import iterative_pca


def rounded(x, digits=12):
    return [float("%.*g" % (digits, v)) for v in np.asarray(x, float).ravel()]


def components(x, count):
    """Vectors whose entry of largest magnitude is positive, and the factors that make it so."""
    v = x[:count]
    sign = np.sign(v[np.arange(count), np.abs(v).argmax(1)])
    return v * sign[:, None], sign


def signals(rng, rows, n):
    x = np.linspace(0, 1, n)
    shapes = np.array([3 + x, np.sin(6 * x), np.cos(9 * x), x**2, np.exp(-50 * (x - 0.4) ** 2)])
    c = rng.normal(size=(rows, 5)) * [0.2, 0.5, 0.3, 0.2, 0.3] + [1, 0, 0, 0, 0]
    return c @ shapes, x


def record_iterative(rng, rows=50, n=40, k=4, n_iter=20):
    x, _ = signals(rng, rows, n)
    x += 0.02 * rng.normal(size=x.shape)
    x *= np.exp(rng.normal(size=(rows, 1)))
    missing = rng.random(x.shape) < 0.05
    for row in missing:
        lo = rng.integers(0, n - 6)
        row[lo:lo + rng.integers(0, 7)] = True
    x = x.astype("f4")
    recons, mu, evecs, evals, norms, coeffs = iterative_pca(x, missing, k, n_iter, "L2", True)
    evecs, sign = components(evecs, k)
    return dict(dim=n, components=k, iterations=n_iter, flux=rounded(x, 9), missing="".join("01"[int(m)] for m in missing.ravel()),
                mean=rounded(mu), basis=rounded(evecs), values=rounded(evals[:k]), norms=rounded(norms),
                coeffs=rounded(coeffs * sign), filled=rounded(recons[missing]))


def record_em(rng, rows=60, n=40, k=3, n_iter=20):
    x, grid = signals(rng, rows, n)
    sigma = 0.02 + 0.1 * rng.random(x.shape)
    x = (x + sigma * rng.normal(size=x.shape)).astype("f4")
    weight = (sigma**-2 * (rng.random(x.shape) > 0.2)).astype("f4")
    start = np.cos(np.pi * np.outer(np.arange(k), np.arange(n) + 0.5) / n)
    start /= np.linalg.norm(start, axis=1)[:, None]
    model = empca.Model(start, x.astype(float), weight.astype(float))
    for _ in range(n_iter):
        model.solve_coeffs()
        model.solve_eigenvectors()
    model.solve_coeffs()
    return dict(dim=n, components=k, iterations=n_iter, flux=rounded(x, 9), weight=rounded(weight, 9),
                model=rounded(model.model[::5]))


def record_large(path):
    data = np.load(path)
    recons, mu, evecs, evals, norms, coeffs = iterative_pca(data["spectra"], data["mask"], 10, 20, "L2", True)
    evecs, sign = components(evecs, 10)
    return dict(mean=rounded(mu[::10]), basis=rounded(evecs[:, ::10]), values=rounded(evals[:10]), norms=rounded(norms[::40]),
                coeffs=rounded((coeffs * sign)[::40]), filled=rounded(recons[::200][data["mask"][::200]]))


def save(name, values):
    with open(name, "w") as f:
        json.dump(values, f, separators=(",", ":"))
        f.write("\n")


save("iterative.json", record_iterative(np.random.default_rng(1)))
save("em.json", record_em(np.random.default_rng(2)))
if len(sys.argv) > 1:
    save("sdss-like-4000.json", record_large(sys.argv[1]))
