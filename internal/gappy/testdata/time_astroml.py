"""Times astroML's iterative_pca with 10 components and 20 iterations:

    python time_astroml.py sdss-like-4000.npz

It needs astroML 1.0.2 and SciPy 1.10. BenchmarkIterative times the same here.
"""
import sys
import time

import numpy as np
from astroML.dimensionality import iterative_pca

data = np.load(sys.argv[1])
flux, mask = data["spectra"], data["mask"]
begin = time.perf_counter()
iterative_pca(flux, mask, n_ev=10, n_iter=20, norm="L2", full_output=True)
print("\n%.2f s" % (time.perf_counter() - begin))
