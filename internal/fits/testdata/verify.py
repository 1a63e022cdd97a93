"""Checks a FITS file that the package wrote, and copies its values to a new one.

python3 verify.py FILE COPY
"""
import sys
import warnings

import numpy as np
from astropy import units
from astropy.io import fits

warnings.simplefilter("error")
with fits.open(sys.argv[1]) as f:
    f.verify("exception")
    copies = []
    for h in f:
        assert h.name.upper() in ("PRIMARY", "FLUX", "MASK", "NOTHING", "SPECTRA", "NOROWS", "NOCOLUMNS")
        for card in h.header.cards:
            card.verify("exception")
        header = fits.Header(h.header.cards)
        if isinstance(h, fits.BinTableHDU):
            for c in h.columns:
                units.Unit(c.unit or "")
            columns = [fits.Column(c.name, c.format, c.unit, dim=c.dim, array=h.data[c.name]) for c in h.columns]
            copies.append(fits.BinTableHDU.from_columns(columns, header=header))
        else:
            data = None if h.data is None else np.array(h.data)
            copies.append((fits.ImageHDU if copies else fits.PrimaryHDU)(data, header=header))
    primary = f[0].header
    assert primary["OBJECT"] == "O'Brien" and primary["X"] == 1e-17 and primary["YES"] is True
    assert primary["LONG"] == "it's long & " * 20 + "end" and primary.comments["LONG"] == "c" * 47
    assert primary.comments["SHORT"] == "d" * 60, primary.comments["SHORT"]
    assert primary["HIERARCH ESO INS TEMP"] == 3.5
    assert f["FLUX"].data.shape == (2, 3) and f["MASK"].data.tolist() == [[[0, -1]], [[1 << 30, 3]]]
    table = f["SPECTRA"].data
    assert table["f8"].shape == (5, 2, 3) and table["texts"].shape == (5, 6) and table["grid"].shape == (5, 3, 2)
    assert table["ok"].dtype == bool and table["u1"].dtype == np.uint8
    assert len(f["NOROWS"].data) == 0
    fits.HDUList(copies).writeto(sys.argv[2])
