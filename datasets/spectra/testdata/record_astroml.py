"""Records what astroML's recipe (examples/datasets/compute_sdss_pca.py) makes of a spectrum in the
form of SDSS: python record_astroml.py > astroml.json"""
import json
import sys

import numpy as np
import scipy.ndimage

sys.modules.setdefault("scipy.ndimage.filters", scipy.ndimage)  # as it was once called
from astroML.datasets.tools.sdss_fits import SDSSfits

rng = np.random.default_rng(5)
n, z = 1200, 0.07
spec = SDSSfits()
spec.name, spec.spec_cln, spec.hdulist, spec.mask, spec.spectrum_cont = "made up", 2, None, None, None
spec.zerr, spec.zconf = 0.0, 1.0
spec.z, spec.coeff0, spec.coeff1 = z, 3.5801, 1e-4
x = np.arange(n)
spec.error = np.round(0.5 + 0.2 * np.cos(x / 150) + rng.uniform(0, 0.05, n), 4)
spec.error[700:712] *= 4  # a sky line
spec.error[[300, 301, 900]] = 0  # nothing measured
spec.error[400:440] = 0
spec.spectrum = np.round(10 + 3 * np.sin(x / 90) + 20 * np.exp(-0.5 * ((x - 620) / 2) ** 2) + spec.error * rng.normal(size=n), 4)
spec.large_err = spec.error.max() * 2
out = spec.restframe().rebin(3.5, 4e-4, 1000)
# The spectrum ends in pixel 427. There, and 20 pixels before it in the mask, astroML is wrong: its
# cumulative sum falls to log(wavelength).
print(json.dumps(dict(
    Redshift=z, Wavelength=list(np.round(spec.wavelength(), 9)), Flux=list(spec.spectrum), Error=list(spec.error),
    First=100, NewFlux=list(out.spectrum[100:400]), Mask=[int(m) for m in out.compute_mask(0.5, 5)[100:400]])))
