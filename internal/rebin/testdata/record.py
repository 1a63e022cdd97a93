"""Records what the Python package spectres makes of some spectra: python record.py > spectres.json"""
import json

import numpy as np
from spectres import spectres

rng = np.random.default_rng(3)
cases = []
for old, new in [
    (10 ** (3.56 + 1e-4 * np.arange(120)), 10 ** (3.561 + 4e-4 * np.arange(24))),
    (np.linspace(4000, 4100, 40), 4001 + np.cumsum(rng.uniform(0.3, 4, 40))),
    (4000 + np.cumsum(rng.uniform(0.5, 3, 60)), np.linspace(4010, 4080, 90)),
]:
    flux, error = rng.normal(5, 2, old.size), rng.uniform(0.1, 1, old.size)
    new_flux, new_error = spectres(new, old, flux, spec_errs=error)
    cases.append({k: list(v) for k, v in dict(From=old, To=new, Flux=flux, Error=error, NewFlux=new_flux, NewError=new_error).items()})
print(json.dumps(cases))
