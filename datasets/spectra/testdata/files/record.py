"""Writes small files of spectra with the programs that people write them with, and index.json:
what these programs read from them. Wavelengths are in Å and in vacuum. Run in this folder:

    pip install astropy==8.0.2 specutils==2.4.0 numpy==2.4.6 pandas==3.1.1 pyarrow==26.0.1 polars==2.1.0
    python record.py
"""
import csv
import gzip
import json
import pathlib
import warnings

import astropy
import astropy.units as u
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import specutils
from astropy.io import fits
from astropy.nddata import InverseVariance, StdDevUncertainty, VarianceUncertainty
from astropy.table import MaskedColumn, QTable, Table
from astropy.wcs import WCS
from specutils import Spectrum, SpectrumList
from specutils.utils.wcs_utils import air_to_vac

warnings.simplefilter("ignore")
rng = np.random.default_rng(1)
N = 24
WAVE = np.linspace(4000, 4046, N)
FLUX = np.round(10 + rng.normal(size=N), 4)
ERROR = np.round(rng.uniform(0.1, 0.5, N), 3)
MASK = np.isin(np.arange(N), [3, 4, 17])
FLAM = u.Unit("1e-17 erg / (s cm2 Angstrom)")
index = []


def numbers(values):
    return [float(v) if np.isfinite(v) else None for v in np.ma.filled(np.ma.asarray(values, float), np.nan)]


def spectrum(wave, flux, ivar=None, mask=None, name=None, z=None, bits=None):
    """What a program read, as the index has it: null is what is no number."""
    flux = np.ma.filled(np.ma.asarray(flux, float), np.nan)
    missing = ~np.isfinite(flux)
    if mask is not None:
        missing |= np.ma.filled(np.ma.asarray(mask), True).astype(bool)
    if ivar is not None:
        ivar = np.ma.filled(np.ma.asarray(ivar, float), 0)
        missing |= ~(np.isfinite(ivar) & (ivar > 0))
    return dict(name=name, redshift=None if z is None else float(z), wavelength=numbers(wave), flux=numbers(flux),
                ivar=None if ivar is None else numbers(ivar), missing=[bool(v) for v in missing],
                bits=None if bits is None else [int(v) for v in bits])


def add(file, program, *spectra, single=False, error="", **options):
    """Notes a file. single: the program computes in single precision."""
    base = file.rsplit(".", 1)[0]
    for i, s in enumerate(spectra):
        s["name"] = s["name"] or (base if len(spectra) == 1 else f"{base}#{i}")
    index.append(dict(file=file, program=program, single=single, error=error, options=options, spectra=list(spectra)))


def from_error(error):
    return 1 / np.ma.asarray(error, float) ** 2


# --- FITS tables by astropy

def astropy_fits():
    program = f"astropy {astropy.__version__} Table.read"
    t = QTable(dict(wavelength=(WAVE / 10) * u.nm, flux=FLUX * FLAM, error=ERROR * FLAM, mask=MASK), meta=dict(REDSHIFT=0.0534))
    t.write("astropy_nm.fits", overwrite=True)
    r = QTable.read("astropy_nm.fits")
    add("astropy_nm.fits", program, spectrum(r["wavelength"].to_value(u.AA), r["flux"].value, from_error(r["error"].value), r["mask"], z=r.meta["REDSHIFT"]))

    t = Table(dict(WAVE=MaskedColumn(WAVE.astype(">f4"), unit="AA"), FLUX=MaskedColumn(FLUX.astype("f4"), mask=MASK), IVAR=(1 / ERROR**2).astype("f4"),
                   QUALITY=MaskedColumn(np.where(np.arange(N) == 9, 4, 0).astype("i2"))))
    t.write("astropy_masked.fits", overwrite=True)
    r = Table.read("astropy_masked.fits")
    add("astropy_masked.fits", program, spectrum(r["WAVE"], r["FLUX"], r["IVAR"], r["QUALITY"] != 0))

    counts = fits.ColDefs([fits.Column("lambda", "J", unit="0.1nm", array=np.arange(8000, 8000 + 2 * N, 2)), fits.Column("flux", "I", null=-1, array=np.where(MASK, -1, FLUX * 1000 - 9000)),
                           fits.Column("mask", "8X", array=np.outer(np.arange(N) == 9, np.arange(8) == 3))])
    hdu = fits.BinTableHDU.from_columns(counts)
    hdu.header.update(TSCAL1=0.5, TZERO1=0.0, TSCAL2=0.001, TZERO2=9.0)  # as integers that stand for other numbers
    hdu.writeto("astropy_scaled.fits", overwrite=True)
    r = fits.getdata("astropy_scaled.fits")
    add("astropy_scaled.fits", f"astropy {astropy.__version__} fits.getdata", spectrum(r["lambda"], r["flux"], mask=r["mask"].any(axis=1) | MASK))  # astropy ignores TNULL of what is scaled

    flux = np.stack([FLUX, 2 * FLUX]).astype("f4")
    rows = dict(NAME=["first", "the second"], Z=[0.1, 0.2], WAVE=np.stack([WAVE, WAVE[::-1] + 100]) * u.AA, FLUX=flux, SIGMA=np.stack([ERROR, ERROR]), MASK=np.stack([MASK, ~MASK]))
    QTable(rows).write("astropy_rows.fits", overwrite=True)
    r = QTable.read("astropy_rows.fits")
    order = [slice(None), slice(None, None, -1)]  # the second one falls
    add("astropy_rows.fits", program, *[spectrum(x["WAVE"].value[o], x["FLUX"][o], from_error(x["SIGMA"])[o], x["MASK"][o], str(x["NAME"]), x["Z"]) for x, o in zip(r, order)])

    lengths = [N, 20]
    columns = [fits.Column(name, kind, unit=unit, array=np.array([v[:n] for n in lengths], dtype=object))
               for name, kind, unit, v in (("wavelength", "PD()", "um", WAVE / 1e4), ("flux", "PE()", None, FLUX), ("ivar", "QE()", None, 1 / ERROR**2))]
    fits.BinTableHDU.from_columns(columns).writeto("astropy_variable.fits", overwrite=True)
    add("astropy_variable.fits", f"astropy {astropy.__version__}", error="is of variable length, which is not supported")


# --- specutils

def of_specutils(s, **more):
    wave = s.spectral_axis.to_value(u.AA)
    if s.wcs is not None and str(getattr(s.wcs, "wcs", None) and s.wcs.wcs.ctype[0]).startswith("AWAV"):
        wave = air_to_vac(wave * u.AA, scheme="iteration", method="Ciddor1996").value
    ivar = None if s.uncertainty is None else type(s.uncertainty)(s.uncertainty.array.astype(float)).represent_as(InverseVariance).array  # in double precision
    return spectrum(wave, s.flux.value, ivar, s.mask, **more)


def specutils_fits():
    program = f"specutils {specutils.__version__} Spectrum.read"
    kinds = dict(std=StdDevUncertainty(ERROR), var=VarianceUncertainty(ERROR**2), ivar=InverseVariance(1 / ERROR**2))
    units = dict(std="AA", var="nm", ivar="um")
    for kind, errors in kinds.items():
        unit = u.Unit(units[kind])
        file = f"tabular_{kind}.fits"
        Spectrum(flux=FLUX * FLAM, spectral_axis=(WAVE * u.AA).to(unit), uncertainty=errors, mask=MASK if kind != "var" else None,
                 meta=dict(header=fits.Header(dict(REDSHIFT=0.25)))).write(file, format="tabular-fits", overwrite=True)
        add(file, program + " tabular-fits", of_specutils(Spectrum.read(file, format="tabular-fits"), z=0.25))
    file = "tabular_single.fits"
    Spectrum(flux=FLUX * u.Jy, spectral_axis=WAVE * u.AA).write(file, format="tabular-fits", overwrite=True, wtype="f4", ftype="f4", wunit="micron")
    add(file, program + " tabular-fits", of_specutils(Spectrum.read(file, format="tabular-fits")), single=True)

    axes = dict(linear=("WAVE", "Angstrom", 2.0, "std"), nm=("WAVE", "nm", 0.2, "var"), falling=("WAVE", "um", -2e-4, "ivar"),
                log=("WAVE-LOG", "Angstrom", 2.0, "std"), air=("AWAV", "Angstrom", 2.0, "ivar"), airlog=("AWAV-LOG", "nm", 0.2, None))
    for name, (kind, unit, step, errors) in axes.items():
        w = WCS(naxis=1)
        w.wcs.ctype, w.wcs.cunit, w.wcs.crpix, w.wcs.cdelt, w.wcs.crval = [kind], [unit], [3.0], [step], [(4004 * u.AA).to_value(unit)]
        w.wcs.set()
        file, s = f"wcs1d_{name}.fits", Spectrum(flux=FLUX.astype("f4") * FLAM, wcs=w, uncertainty=kinds.get(errors), mask=MASK if errors != "var" else None)
        s.write(file, format="wcs1d-fits", overwrite=True)
        r = of_specutils(Spectrum.read(file, format="wcs1d-fits"))
        if step < 0:
            for key in ("wavelength", "flux", "ivar", "missing"):
                r[key] = r[key][::-1]
        add(file, program + " wcs1d-fits", r)
    w.wcs.ctype, w.wcs.cunit, w.wcs.cdelt, w.wcs.crval = ["FREQ"], ["Hz"], [1e10], [7e14]
    w.wcs.set()
    Spectrum(flux=FLUX.astype("f4") * FLAM, wcs=w).write("wcs1d_frequency.fits", format="wcs1d-fits", overwrite=True)
    add("wcs1d_frequency.fits", program, error="no spectrum is recognised")


# --- files like those of surveys, read by specutils

def surveys():
    loglam, ivar = np.log10(4000) + 1e-4 * np.arange(N), (1 / ERROR**2).astype("f4")
    ivar[5] = 0
    bits = np.where(MASK, 1 << 24, 0).astype("i4")
    head = fits.Header(dict(TELESCOP="SDSS 2.5-M", VERS2D="v5_13_0", FIBERID=596, PLUG_RA=150.1, PLUG_DEC=2.2, BUNIT="1E-17 erg/cm^2/s/Ang"))
    coadd = fits.BinTableHDU(Table(dict(flux=FLUX.astype("f4"), loglam=loglam.astype("f4"), ivar=ivar, and_mask=bits, or_mask=bits, wdisp=ivar, sky=ivar, model=ivar)), name="COADD")
    about = fits.BinTableHDU(Table(dict(CLASS=["GALAXY"], Z=np.array([0.0534], "f4"), Z_ERR=[1e-5], BESTOBJID=["1237"], THING_ID=[7])), name="SPECOBJ")
    lines = fits.BinTableHDU(Table(dict(LINENAME=["Ha", "Hb"], LINEZ=[0.1, 0.1])), name="SPZLINE")
    file = "spec-0303-51615-0596.fits"
    fits.HDUList([fits.PrimaryHDU(header=head), coadd, about, lines]).writeto(file, overwrite=True)
    s = Spectrum.read(file, format="SDSS-III/IV spec")
    add(file, f"specutils {specutils.__version__} SDSS-III/IV spec", spectrum(s.wavelength.value, s.flux.value, s.uncertainty.array, z=Table.read(file, hdu=2)["Z"][0], bits=bits), single=True)

    head = fits.Header(dict(TELESCOP="SDSS 2.5-M", FIBERID=596, BUNIT="1.0E-17 erg/cm/s/Ang", COEFF0=loglam[0], COEFF1=1e-4, Z=0.0534, SPEC_CLN=2, WCSDIM=2))
    head["CRVAL1"], head["CD1_1"], head["CRPIX1"], head["CTYPE1"], head["DC-FLAG"] = loglam[0], 1e-4, 1, "WAVE", 1
    error = ERROR.astype("f4")
    error[5] = 0
    file = "spSpec-51615-0303-596.fit"
    fits.PrimaryHDU(np.stack([FLUX, 0 * FLUX, error, bits, 0 * FLUX]).astype("f4"), head).writeto(file, overwrite=True)
    s = Spectrum.read(file, format="SDSS-I/II spSpec")
    wave = 10 ** (head["COEFF0"] + head["COEFF1"] * np.arange(N))  # as SDSS says; specutils 2.4.0 means to, but is a pixel off
    add(file, f"specutils {specutils.__version__} SDSS-I/II spSpec", spectrum(wave, s.flux.value, from_error(s.uncertainty.array), z=0.0534, bits=s.mask * (1 << 24)))

    hdus = [fits.PrimaryHDU(header=fits.Header(dict(INFIL000="x"))), fits.BinTableHDU(Table(dict(TARGETID=[39627, 39628], TARGET_RA=[1.0, 2.0], TARGET_DEC=[3.0, 4.0])), name="FIBERMAP")]
    for k, band in enumerate("BRZ"):
        wave = 3600 + 0.8 * np.arange(12) + 0.8 * 12 * k
        flux, weight, mask = rng.normal(5, 1, (2, 12)).astype("f4"), rng.uniform(1, 4, (2, 12)).astype("f4"), np.zeros((2, 12), "i4")
        weight[0, 2], mask[1, 3] = 0, 2
        hdus += [fits.ImageHDU(wave, fits.Header(dict(BUNIT="Angstrom")), band + "_WAVELENGTH"), fits.ImageHDU(flux, fits.Header(dict(BUNIT=str(FLAM))), band + "_FLUX"),
                 fits.ImageHDU(weight, fits.Header(dict(BUNIT=str(FLAM**-2))), band + "_IVAR"), fits.ImageHDU(mask, None, band + "_MASK")]
    hdus += [fits.BinTableHDU(Table(dict(TARGETID=[39627, 39628])), name="SCORES"), fits.BinTableHDU(Table(dict(TARGETID=[39627, 39628], Z=[0.5, 1.5])), name="REDSHIFTS")]
    file = "coadd-main-dark-1.fits"
    fits.HDUList(hdus).writeto(file, overwrite=True)
    bands = SpectrumList.read(file, format="DESI coadd")
    joined = [np.concatenate(list(part), axis=-1) for part in zip(*[(b.spectral_axis.value, b.flux.value, b.uncertainty.array, b.mask) for b in bands])]
    add(file, f"specutils {specutils.__version__} DESI coadd", *[spectrum(joined[0], joined[1][i], joined[2][i], joined[3][i], name, z) for i, (name, z) in enumerate((("39627", 0.5), ("39628", 1.5)))])


# --- text

def texts():
    program = f"astropy {astropy.__version__} Table.read"
    t = QTable(dict(wavelength=(WAVE * u.AA).to(u.nm), flux=FLUX * FLAM, uncertainty=ERROR * FLAM, mask=MASK), meta=dict(redshift=0.25, observer="A: B, \"C\""))
    masked = Table(t, copy=True)
    masked["flux"] = MaskedColumn(FLUX, mask=MASK, unit=FLAM)
    masked["note"] = ["a, b" if i == 2 else 'say "no"' if i == 5 else "" for i in range(N)]
    for file, table, how in (("ecsv_blank.ecsv", t, {}), ("ecsv_comma.ecsv", t, dict(delimiter=",")), ("ecsv_masked.ecsv", masked, {})):
        table.write(file, format="ascii.ecsv", overwrite=True, **how)
        r = Table.read(file)
        add(file, program + " ascii.ecsv", spectrum(r["wavelength"].quantity.to_value(u.AA), r["flux"], from_error(r["uncertainty"]), r["mask"], z=r.meta["redshift"]))

    plain = Table(dict(wave=WAVE, flux=np.where(MASK, np.nan, FLUX), ivar=1 / ERROR**2))
    quoted = Table(plain, copy=True)
    quoted["remark"] = ['a "b" c' if i == 1 else "two words" for i in range(N)]
    for file, form, table in (("commented.txt", "ascii.commented_header", plain), ("basic.dat", "ascii.basic", quoted), ("tab.tsv", "ascii.tab", plain), ("no_header.txt", "ascii.no_header", plain)):
        if form == "ascii.no_header":
            table = Table(dict(wave=WAVE, flux=plain["flux"], error=ERROR))
        table.write(file, format=form, overwrite=True)
        r = Table.read(file, format=form, **(dict(names=table.colnames) if form == "ascii.no_header" else {}))
        add(file, f"{program} {form}", spectrum(r["wave"], r["flux"], from_error(r["error"]) if "error" in r.colnames else r["ivar"]))

    program = f"pandas {pd.__version__} read_csv"
    frame = pd.DataFrame(dict(name=["a"] * 12 + ['b "2", x'] * 12, redshift=[0.1] * 12 + [np.nan] * 12, wavelength=WAVE, flux=np.where(MASK, np.nan, FLUX), error=ERROR, mask=np.arange(N) == 8))
    for file, how, back in (("pandas.csv", {}, {}), ("pandas_na.csv", dict(na_rep="NA", quoting=csv.QUOTE_NONNUMERIC), {}),
                            ("pandas_semicolon.csv", dict(sep=";", float_format="%.5e", lineterminator="\r\n", encoding="utf-8-sig"), dict(sep=";", encoding="utf-8-sig")),
                            ("pandas.tsv", dict(sep="\t", na_rep="NaN"), dict(sep="\t"))):
        frame.to_csv(file, index=False, **how)
        r = pd.read_csv(file, **back)
        add(file, program, *[spectrum(g.wavelength, g.flux, from_error(g.error.values), g["mask"].values, name, None if g.redshift.isna().any() else g.redshift.iloc[0])
                             for name, g in r.groupby("name", sort=False)])
    frame[["wavelength", "flux", "error"]].iloc[:12].to_csv("pandas_index.csv")  # with a column of row numbers, which has no name
    r = pd.read_csv("pandas_index.csv", index_col=0)
    add("pandas_index.csv", program, spectrum(r.wavelength, r.flux, from_error(r.error.values)))

    np.savetxt("numpy.txt", np.column_stack([WAVE / 10, FLUX, ERROR]), header="wavelength flux sigma")
    r = np.loadtxt("numpy.txt", unpack=True)
    add("numpy.txt", f"numpy {np.__version__} loadtxt", spectrum(r[0] * 10, r[1], from_error(r[2])), unit="nm")


# --- Parquet and NumPy archives

def parquets():
    lists = dict(name=["a", "b"], redshift=[0.1, None], wavelength=[WAVE.tolist(), (WAVE[:20] + 0.5).tolist()], flux=[FLUX.tolist(), FLUX[:20].tolist()],
                 ivar=[(1 / ERROR**2).tolist(), (1 / ERROR[:20] ** 2).tolist()], mask=[MASK.tolist(), MASK[:20].tolist()])
    holes = [None if i == 6 else float("nan") if i == 7 else v for i, v in enumerate(FLUX.tolist())]

    def rows(table):
        for i, x in enumerate(table):
            yield spectrum(*[[np.nan if v is None else v for v in x[key]] for key in ("wavelength", "flux", "ivar")], x["mask"], x["name"], None if pd.isna(x["redshift"]) else x["redshift"])

    for codec in ("snappy", "zstd", None):
        file = f"pandas_{codec or 'plain'}.parquet"
        pd.DataFrame(lists).to_parquet(file, compression=codec, index=False)
        add(file, f"pandas {pd.__version__} read_parquet", *rows(pd.read_parquet(file).to_dict("records")))

    f32 = pa.list_(pa.float32())
    schema = pa.schema([("name", pa.string()), ("redshift", pa.float64()), ("wavelength", pa.list_(pa.float64())), ("flux", pa.list_(pa.float64())), ("ivar", f32), ("mask", pa.list_(pa.uint8()))])
    table = pa.table({**lists, "flux": [holes, lists["flux"][1]], "mask": [[int(v) for v in x] for x in lists["mask"]]}, schema=schema)
    for name, how in (("v1", dict(compression="snappy", row_group_size=1, use_compliant_nested_type=False, version="1.0")),
                      ("v2", dict(compression="zstd", data_page_version="2.0", use_dictionary=False))):
        file = f"pyarrow_{name}.parquet"
        pq.write_table(table, file, **how)
        add(file, f"pyarrow {pa.__version__} read_table", *rows(pq.read_table(file).to_pylist()))
    for name, how, error in (("gzip", dict(compression="gzip"), "GZIP"), ("split", dict(use_dictionary=False, column_encoding={"wavelength.list.element": "BYTE_STREAM_SPLIT"}), "encoding BYTE_STREAM_SPLIT")):
        pq.write_table(table, f"pyarrow_{name}.parquet", **how)
        add(f"pyarrow_{name}.parquet", f"pyarrow {pa.__version__}", error=error)  # refused

    frame = pl.DataFrame({**lists, "flux": [holes, lists["flux"][1]]})
    frame.write_parquet("polars.parquet")
    add("polars.parquet", f"polars {pl.__version__} read_parquet", *rows(pl.read_parquet("polars.parquet").to_dicts()))
    fixed = frame.head(1).with_columns(pl.col("wavelength", "ivar").list.to_array(N))
    fixed.write_parquet("polars_array.parquet", compression="snappy")
    add("polars_array.parquet", f"polars {pl.__version__} read_parquet", *rows(pl.read_parquet("polars_array.parquet").to_dicts()))


def archives():
    flux, ivar = np.stack([FLUX, 2 * FLUX]), np.stack([1 / ERROR**2, 2 / ERROR**2])
    flux[0, 2] = np.nan
    log = dict(coeff0=np.log10(4000), coeff1=1e-4)
    for name, save, arrays in (("numpy", np.savez, dict(wavelength=WAVE, spectra=flux, ivar=ivar.astype("f4"), mask=np.stack([MASK, ~MASK]), z=np.array([0.1, 0.2]), name=np.array(["a", "bé"]))),
                               ("numpy_deflated", np.savez_compressed, dict(spectra=np.asfortranarray(flux.astype(">f4")), ivar=np.asfortranarray(ivar), z=np.array([0.1, 0.2]), **log))):
        save(name + ".npz", **arrays)
        r = np.load(name + ".npz")
        wave = r["wavelength"] if "wavelength" in r else 10 ** (r["coeff0"] + r["coeff1"] * np.arange(N))
        add(name + ".npz", f"numpy {np.__version__} load", *[spectrum(wave, r["spectra"][i], r["ivar"][i], r["mask"][i] if "mask" in r else None, str(r["name"][i]) if "name" in r else None, r["z"][i]) for i in range(2)])


for record in (astropy_fits, specutils_fits, surveys, texts, parquets, archives):
    record()
for path in [*pathlib.Path().glob("*.fits"), *pathlib.Path().glob("*.fit")]:  # blocks of FITS are mostly empty
    pathlib.Path(f"{path}.gz").write_bytes(gzip.compress(path.read_bytes(), mtime=0))
    path.unlink()
with open("index.json", "w") as f:
    f.write("[\n" + ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in index) + "\n]\n")
