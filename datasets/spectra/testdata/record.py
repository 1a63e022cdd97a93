"""Records extinction curves and wavelengths in air: python record.py > reference.json"""
import json

import astropy.units as u
import extinction
import numpy as np
from specutils.utils.wcs_utils import air_to_vac, vac_to_air

wave = np.array([1150.0, 1400, 2000, 2500, 2650, 2750, 3200, 3800, 4400, 5500, 6563, 8000, 9000, 12000, 20000, 30000])
curves = []
for name in "ccm89", "odonnell94", "fitzpatrick99":
    for rv in 2.5, 3.1, 5.0:
        curves.append(dict(Law=name, RV=rv, A=list(getattr(extinction, name)(wave, 1.0, rv))))
vac = np.array([2500.0, 3800, 5000, 6564.61, 9500, 20000])
air = vac_to_air(vac * u.AA, method="Ciddor1996").value
back = air_to_vac(air * u.AA, scheme="iteration", method="Ciddor1996").value
assert np.allclose(back, vac, rtol=1e-12)
print(json.dumps(dict(Wave=list(wave), Curves=curves, Vacuum=list(vac), Air=list(air))))
