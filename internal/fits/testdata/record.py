"""Writes the small FITS files of this folder, and what astropy reads in them.

python3 record.py [FILE…]   (recorded with astropy 8.0.2)

Of FILEs, such as spectra of SDSS, it writes the sums of columns to real.json.
"""
import json
import os
import sys
import warnings

import numpy as np
from astropy.io import fits
from astropy.table import Table

warnings.simplefilter("ignore")
rng = np.random.default_rng(1)


def images():
    primary = fits.PrimaryHDU(np.arange(6, dtype=np.int16).reshape(2, 3))
    primary.header["OBJECT"] = ("O'Brien's galaxy", "a quote")
    primary.header["LONG"] = ("x" * 60 + " '' & " + "y" * 90 + "&z", "a long string")
    primary.header["HIERARCH ESO INS TEMP"] = (1.5e-300, "kelvin")
    primary.header["EMPTY"] = ""
    primary.header["UNDEF"] = None
    primary.header["COEFF0"] = 3.5793
    primary.header["BIG"] = 2**62 + 1
    primary.header["YES"] = True
    primary.header["NO"] = False
    primary.header["COMMENT"] = "some words"
    hdus = [primary]
    for name, dtype in [("U1", "u1"), ("I1", "i1"), ("I2", "i2"), ("U2", "u2"), ("I4", "i4"), ("U4", "u4"), ("I8", "i8"), ("U8", "u8")]:
        info = np.iinfo(dtype)
        values = np.array([info.min, info.min + 1, 0, 1, info.max // 2, min(info.max, 2**63 - 1)], dtype)
        hdus.append(fits.ImageHDU(values, name=name))
    hdus.append(fits.ImageHDU(rng.normal(size=(2, 3, 4)).astype("f4"), name="F4"))
    hdus.append(fits.ImageHDU(np.append(rng.normal(size=4), np.nan), name="F8"))
    fits.HDUList(hdus).writeto("images.fits", overwrite=True)

    scaled = fits.ImageHDU(np.array([1, 2, -99, 4], np.int32), name="SCALED")
    scaled.header["BSCALE"] = 0.25
    scaled.header["BZERO"] = 10.0
    scaled.header["BLANK"] = -99
    raw = fits.HDUList([fits.PrimaryHDU(), scaled])
    scaled.data  # the header's scaling stays as it is
    with open("scaled.fits", "wb") as f:
        for h in raw:
            text = h.header.tostring().encode()
            f.write(text)
            if h.name == "SCALED":
                f.write(np.array([1, 2, -99, 4], ">i4").tobytes().ljust(2880, b"\0"))


def tables():
    n = 3
    c = fits.Column
    columns = [
        c("flux", "E", unit="1e-17 erg/s/cm2/AA", array=rng.normal(size=n)),
        c("bits", "11X", array=rng.integers(0, 2, (n, 11)).astype(bool)),
        c("logical", "2L", array=np.array([[True, False], [False, False], [True, True]])),
        c("byte", "B", array=np.array([0, 1, 255], np.uint8)),
        c("short", "2I", array=np.array([[1, -2], [3, -4], [5, -6]], np.int16)),
        c("int", "J", null=-1, array=np.array([7, -1, 9], np.int32)),
        c("long", "K", array=np.array([2**62 + 1, -2**63, 0], np.int64)),
        c("ushort", "I", bzero=2**15, array=np.array([0, 40000, 65535], np.uint16)),
        c("uint", "J", bzero=2**31, array=np.array([0, 3000000000, 2**32 - 1], np.uint32)),
        c("ulong", "K", bzero=2**63, array=np.array([0, 2**53 + 1, 2**63 - 1], np.uint64)),
        c("scaled", "I", array=np.array([-197, 0, -1])),
        c("cube", "6D", dim="(3,2)", array=rng.normal(size=(n, 2, 3))),
        c("name", "8A", array=np.array(["galaxy", "star  ", ""])),
        c("names", "12A", dim="(4,3)", array=np.array([["a", "bc", "def"], ["ghij", "", "k"], ["l", "m", "n"]])),
        c("nothing", "0E", array=np.zeros((n, 0))),
        c("complex", "C", array=np.zeros(n, complex)),
        c("variable", "PE()", array=np.array([np.zeros(2), np.zeros(0), np.zeros(1)], object)),
        c("last", "D", unit="Angstrom", array=np.array([1e300, np.nan, -np.inf])),
    ]
    table = fits.BinTableHDU.from_columns(columns, name="Everything")
    fits.HDUList([fits.PrimaryHDU(), table]).writeto("tables.fits", overwrite=True)
    with open("tables.fits", "rb") as f:  # astropy 8 cannot write scaled columns
        text = f.read()
    end = text.rindex(b"END" + b" " * 77)
    cards = b"TSCAL11 = 0.5".ljust(80) + b"TZERO11 = 100.0".ljust(80) + b"END".ljust(80)
    assert not text[end + 3 : end + len(cards)].strip()
    with open("tables.fits", "wb") as f:
        f.write(text[:end] + cards + text[end + len(cards) :])


def others():
    ascii_table = fits.TableHDU.from_columns([fits.Column("a", "I4", array=np.arange(3))], name="ASCII")
    compressed = fits.CompImageHDU(np.zeros((8, 8), np.int16), name="PACKED")
    image = fits.ImageHDU(np.arange(3, dtype=np.int32), name="IMAGE")
    fits.HDUList([fits.PrimaryHDU(), ascii_table, compressed, image]).writeto("others.fits", overwrite=True)
    groups = fits.GroupData(np.zeros((4, 1, 1, 2), "f4"), bitpix=-32, parnames=["u"], pardata=[np.zeros(4)])
    fits.HDUList([fits.GroupsHDU(groups), image]).writeto("groups.fits", overwrite=True)


def numbers(values):
    return [None if np.ma.is_masked(v) or not np.isfinite(v) else float(v) for v in np.ma.ravel(values)]


def integers(values):
    """As texts: JSON's numbers are floats to many. Null if there are no such integers."""
    if np.ma.is_masked(values) or np.asarray(values).dtype.kind not in "iu":
        return None
    return [str(int(v)) for v in np.ravel(values)]


def column(table, name):
    values = table[name]
    out = {"unit": str(values.unit or ""), "shape": list(values.shape)}
    kind = values.dtype.kind
    if kind in "iuf":
        out |= {"floats": numbers(values), "ints": integers(values)}
    elif kind == "b":
        out |= {"bools": [bool(v) for v in np.ravel(values)]}
    elif kind in "US":
        out |= {"texts": [str(np.ma.filled(v, "")) for v in np.ma.ravel(values)]}
    return out


def record(path, skip=()):
    hdus = []
    with fits.open(path, uint=True) as f:
        for i, h in enumerate(f):
            out = {"name": h.name, "cards": {}}
            for card in h.header.cards:
                if card.keyword not in ("COMMENT", "HISTORY", "", "EXTNAME"):
                    value = None if isinstance(card.value, fits.card.Undefined) else card.value
                    out["cards"][card.keyword] = str(value) if isinstance(value, int) and abs(value) > 2**53 else value
            if isinstance(h, fits.BinTableHDU) and not isinstance(h, fits.CompImageHDU):
                table = Table.read(path, hdu=i, character_as_bytes=False)
                out["columns"] = {n: column(table, n) for n in table.colnames if n not in skip}
            elif h.is_image and h.data is not None and not isinstance(h, fits.GroupsHDU):
                out |= {"shape": list(h.data.shape), "floats": numbers(h.data), "ints": integers(h.data)}
            hdus.append(out)
    return hdus


images()
tables()
others()
with open("expected.json", "w") as f:
    json.dump({p: record(p, ("nothing", "complex", "variable")) for p in ["images.fits", "scaled.fits", "tables.fits"]}, f, indent=None)
    f.write("\n")


def sums(path):
    out = []
    with fits.open(path) as f:
        for i, h in enumerate(f):
            columns = {}
            if isinstance(h, fits.BinTableHDU):
                for name in h.columns.names:
                    values = h.data[name]
                    texts = values.dtype.kind in "SU"
                    columns[name] = "|".join(values.ravel()) if texts else float(np.sum(values, dtype=float))
            out.append({"name": h.name, "columns": columns})
    return out


if len(sys.argv) > 1:
    with open("real.json", "w") as f:
        json.dump({os.path.basename(p): sums(p) for p in sys.argv[1:]}, f)
        f.write("\n")
