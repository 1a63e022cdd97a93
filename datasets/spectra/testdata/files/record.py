"""Writes spectra as observatories, astropy, specutils and pandas write them: python record.py

Every file holds the spectrum of truth(n) on a grid of its own; see files_test.go. Versions:
astropy 8.0.2, specutils 2.4.0, pandas 3.1.1, pyarrow 26.0.1, numpy 2.4.6.
"""
import warnings

import astropy.units as u
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from astropy.io import fits
from astropy.nddata import InverseVariance, StdDevUncertainty
from astropy.table import Table
from astropy.wcs import WCS
from specutils import Spectrum
from specutils.utils.wcs_utils import vac_to_air

warnings.simplefilter("ignore")
FLAM = u.Unit("1e-17 erg / (s cm2 Angstrom)")
N = 40


def truth(n, row=0):
    """Flux, sigma and mask: true where not measured."""
    i = np.arange(n)
    return 10.0 + row + i, 0.5 + i / 8, i == 3


def write(name, *hdus):
    fits.HDUList(list(hdus)).writeto(name, overwrite=True)


def column(name, form, array, **more):
    return fits.Column(name, form, array=array, **more)


loglam = 3.58 + 1e-4 * np.arange(N)
flux, sigma, mask = truth(N)
ivar = np.where(mask, 0, sigma**-2)
bits = np.where(mask, 1 << 24, 0)

# SDSS, BOSS and eBOSS: https://data.sdss.org/datamodel/files/BOSS_SPECTRO_REDUX/RUN2D/spectra/
primary = fits.PrimaryHDU()
primary.header["PLUG_RA"], primary.header["PLUG_DEC"], primary.header["RA"] = 150.5, 2.25, 151.0
coadd = fits.BinTableHDU.from_columns([
    column("flux", "E", flux), column("loglam", "E", loglam), column("ivar", "E", ivar),
    column("and_mask", "J", bits), column("or_mask", "J", bits), column("model", "E", flux)], name="COADD")
specobj = fits.BinTableHDU.from_columns([
    column("CLASS", "6A", ["GALAXY"]), column("Z", "E", [0.125]), column("PLUG_RA", "D", [150.5]),
    column("PLUG_DEC", "D", [2.25]), column("THING_ID", "J", [4711]), column("OBJID", "5J", [[1, 2, 3, 4, 5]])], name="SPECOBJ")
lines = fits.BinTableHDU.from_columns([column("LINENAME", "6A", ["Ha", "Hb"]), column("LINEZ", "E", [0.1, 0.1])], name="SPZLINE")
write("spec.fits", primary, coadd, specobj, lines)

# spSpec of DR7: rows are flux, flux less continuum, error, mask, empty.
h = fits.PrimaryHDU(np.array([flux, flux * 0, np.where(mask, 0, sigma), bits, flux * 0], "f4"))
for key, value in dict(COEFF0=3.58, COEFF1=1e-4, VACUUM=True, Z=0.125, SPEC_CLN=2, RAOBJ=150.5, DECOBJ=2.25, RA=151.0, DEC=3.0, BUNIT="1.0E-17 erg/cm/s/Ang").items():
    h.header[key] = value
write("spSpec.fit", h)

# DESI coadds: https://desidatamodel.readthedocs.io; cameras overlap by 10 pixels of 0.8 Angstrom.
wave = {c: 3600 + 0.8 * (np.arange(N) + 30 * k) for k, c in enumerate("BRZ")}
fibermap = fits.BinTableHDU.from_columns([
    column("TARGETID", "K", [39627700000000001, 39627700000000002]), column("TARGET_RA", "D", [150.5, 10]),
    column("TARGET_DEC", "D", [2.25, -5]), column("EBV", "E", [0.0625, 0.5])], name="FIBERMAP")
redshifts = fits.BinTableHDU.from_columns([
    column("TARGETID", "K", [39627700000000001, 39627700000000002]), column("Z", "D", [0.125, 2.5]), column("SPECTYPE", "6A", ["GALAXY", "QSO"])], name="REDSHIFTS")
for name, masked in ("coadd.fits", fits.ImageHDU), ("coadd-compressed.fits", fits.CompImageHDU), ("coadd-plain.fits", None):
    hdus = [fits.PrimaryHDU(), fibermap]
    for k, c in enumerate("BRZ"):
        i = np.arange(N) + 30 * k
        f, w, m = 10.0 + np.array([i, i + 1]), np.full((2, N), k + 1.0), np.zeros((2, N), "i4")
        f[:, :10] += 1 if k else 0  # where cameras overlap, the second sees 1 more
        m[0, 3] = 1
        if masked is not fits.ImageHDU:
            w[0, 3] = 0
        hdus += [fits.ImageHDU(wave[c], name=c + "_WAVELENGTH"), fits.ImageHDU(f.astype("f4"), name=c + "_FLUX"), fits.ImageHDU(w.astype("f4"), name=c + "_IVAR")]
        if masked:
            hdus.append(masked(m, name=c + "_MASK"))
    write(name, *hdus, *([redshifts] if masked is fits.ImageHDU else []))

# specutils
lam = np.linspace(4000, 4195, N)
for unit in "angstrom", "nm", "um":
    s = Spectrum(flux=flux * FLAM, spectral_axis=(lam * u.AA).to(unit), uncertainty=StdDevUncertainty(sigma), mask=mask, meta=dict(header=fits.Header({"REDSHIFT": 0.125})))
    s.write(f"tabular-{unit}.fits", format="tabular-fits", overwrite=True)
wcs = WCS(dict(CTYPE1="WAVE", CUNIT1="Angstrom", CRVAL1=4000.0, CDELT1=5.0, CRPIX1=1.0))
for name, uncertainty in ("wcs1d.fits", StdDevUncertainty(sigma)), ("wcs1d-ivar.fits", InverseVariance(sigma**-2)):
    Spectrum(flux=flux * FLAM, wcs=wcs, uncertainty=uncertainty, mask=mask).write(name, format="wcs1d-fits", hdu=0, overwrite=True)
Spectrum(flux=np.array([flux, flux + 1]) * FLAM, spectral_axis=lam * u.AA).write("tabular-2d.fits", format="tabular-fits", overwrite=True)

# Tables of astropy, wavelengths in air
air = vac_to_air(lam * u.AA, method="Ciddor1996")
t = Table(dict(wavelength=air, flux=flux * FLAM, error=sigma * FLAM, mask=mask), meta=dict(AIRORVAC="air"))
t.write("air.fits", overwrite=True)
Table(dict(wave_air=air, flux=flux)).write("wave-air.fits", overwrite=True)

# One row a spectrum
rows = fits.BinTableHDU.from_columns([
    column("LAMBDA", f"{N}D", np.array([lam / 10] * 3), unit="nm"), column("FLUX", f"{N}E", np.array([flux, flux + 1, flux + 2])), column("ERROR", f"{N}E", np.array([sigma] * 3)),
    column("NAME", "8A", ["a", "b", "c"]), column("REDSHIFT", "E", [0.125, 0.25, 0.5]), column("MASK", f"{N}L", np.array([mask] * 3))])
write("rows.fits", fits.PrimaryHDU(), rows)

# Images with a spectral axis, of IRAF and of the standard
def image(name, data, **keys):
    h = fits.PrimaryHDU(data)
    h.header.update(keys)
    write(name, h)


image("linear.fits", flux, CRVAL1=lam[1], CD1_1=5.0, CRPIX1=2.0, CTYPE1="LINEAR", REDSHIFT=0.125)
image("iraf-log.fits", flux, CRVAL1=3.58, CD1_1=1e-4, CRPIX1=1.0, CTYPE1="LINEAR")
fits.setval("iraf-log.fits", "DC-FLAG", value=1)
image("wave-log.fits", flux, CRVAL1=4000e-10, CDELT1=5e-10, CRPIX1=3.0, CTYPE1="WAVE-LOG", CUNIT1="m")
image("air-image.fits", flux, CRVAL1=4000.0, CDELT1=5.0, CTYPE1="AWAV", CUNIT1="Angstrom")
image("image-rows.fits", np.array([flux, flux + 1]), CRVAL1=4000.0, CDELT1=5.0, CTYPE1="WAVE", CUNIT1="Angstrom")

# Text
t = Table(dict(wavelength=(lam * u.AA).to("nm"), flux=flux * FLAM, error=sigma * FLAM, mask=mask), meta=dict(redshift=0.125, name="NGC 1", comments=["written by astropy"]))
t.write("table.ecsv", overwrite=True)
t.write("comma.ecsv", delimiter=",", overwrite=True)
long = Table(dict(name=np.repeat(["NGC 1", "NGC 2"], N), redshift=np.repeat([0.125, 0.25], N), wavelength=np.tile(lam, 2) * u.AA, flux=np.concatenate([flux, flux + 1]) * FLAM))
long.write("long.ecsv", overwrite=True)
frame = pd.DataFrame(dict(wavelength=lam, flux=flux, ivar=ivar))
frame.to_csv("header.csv", index=False)
pd.DataFrame(dict(wavelength=lam, flux=flux, error=sigma)).to_csv("bare.csv", index=False, header=False)
frame.to_csv("tabs.tsv", index=False, sep="\t")
frame.to_csv("semicolons.csv", index=False, sep=";")
np.savetxt("savetxt.txt", np.array([lam, flux, ivar]).T, header="wavelength flux ivar")
long.to_pandas().to_csv("long.csv", index=False)

# Parquet: lists in rows
lists = pd.DataFrame(dict(
    name=["a", "b"], redshift=[0.125, np.nan], wavelength=[lam, lam[:30]], flux=[flux, flux[:30] + 1], ivar=[ivar, ivar[:30]], mask=[mask, mask[:30]]))
lists.to_parquet("pandas.parquet", index=False)
pq.write_table(pa.table(dict(
    name=pa.array(["a", "b"], pa.large_string()), redshift=pa.array([0.125, None], pa.float64()),
    wavelength=pa.array([lam, lam[:30]], pa.large_list(pa.float64())), flux=pa.array([flux, flux[:30] + 1], pa.large_list(pa.float32())),
    ivar=pa.array([ivar, ivar[:30]], pa.large_list(pa.float64())), mask=pa.array([mask, mask[:30]], pa.large_list(pa.bool_())))), "polars.parquet", compression="zstd")
frame.to_parquet("pixels.parquet", index=False)

# NumPy
np.savez("grid.npz", wavelength=lam, spectra=np.array([flux, flux + 1]), mask=np.array([mask, mask]), ivar=np.array([ivar, ivar]), z=[0.125, 0.25], name=np.array(["a", "b"]))
np.savez_compressed("coeff.npz", coeff0=3.58, coeff1=1e-4, spectra=np.array([flux, flux + 1], "f4"), z=[0.125, 0.25])
