package spectra_test

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"sedlab/datasets/spectra"
)

// read reads all spectra of a file. An error about one of them is in bad.
func read(t testing.TB, path string, o spectra.Options) (list []*spectra.Spectrum, bad []*spectra.BadSpectrum, err error) {
	t.Helper()
	for s, err := range spectra.Read(t.Context(), path, o) {
		one := new(spectra.BadSpectrum)
		switch {
		case errors.As(err, &one):
			bad = append(bad, one)
		case err != nil:
			return list, bad, err
		default:
			list = append(list, s)
		}
	}
	return list, bad, nil
}

func recordedFile(name string) string { return filepath.Join("testdata", "files", name) }

// linearAt and logAt are the grids of testdata/files/record.py.
func linearAt(i int) float64 { return 4000 + 5*float64(i) }
func logAt(i int) float64    { return math.Pow(10, 3.58+1e-4*float64(i)) }

// file is what a recorded file holds: pixel i of spectrum k has flux 10 + i + k and
// σ = 0.5 + i/8, and pixel 3 was not measured.
type file struct {
	name             string
	at               func(i int) float64
	errors, masked   bool
	names, redshifts string // of all spectra, between blanks
	pixels           []int  // of each spectrum; nil: 40 of each
	unit             string
}

const flam = "1e-17 erg / (Angstrom s cm2)"

var files = []file{
	{"spec.fits", logAt, true, true, "spec", "0.125", nil, "1e-17 erg / (s cm2 Angstrom)"},
	{"spSpec.fit", logAt, true, true, "spSpec", "0.125", nil, "1.0E-17 erg/cm/s/Ang"},
	{"tabular-angstrom.fits", linearAt, true, true, "tabular-angstrom", "0.125", nil, "10**-17 erg Angstrom-1 s-1 cm-2"},
	{"tabular-nm.fits", linearAt, true, true, "tabular-nm", "0.125", nil, "10**-17 erg Angstrom-1 s-1 cm-2"},
	{"tabular-um.fits", linearAt, true, true, "tabular-um", "0.125", nil, "10**-17 erg Angstrom-1 s-1 cm-2"},
	{"wcs1d.fits", linearAt, true, true, "wcs1d", "NaN", nil, flam},
	{"wcs1d-ivar.fits", linearAt, true, true, "wcs1d-ivar", "NaN", nil, flam},
	{"air.fits", linearAt, true, true, "air", "NaN", nil, "10**-17 erg Angstrom-1 s-1 cm-2"},
	{"wave-air.fits", linearAt, false, false, "wave-air", "NaN", nil, ""},
	{"rows.fits", linearAt, true, true, "a b c", "0.125 0.25 0.5", nil, ""},
	{"linear.fits", linearAt, false, false, "linear", "0.125", nil, ""},
	{"iraf-log.fits", logAt, false, false, "iraf-log", "NaN", nil, ""},
	{"wave-log.fits", func(i int) float64 { return 4000 * math.Exp(5*float64(i-2)/4000) }, false, false, "wave-log", "NaN", nil, ""},
	{"air-image.fits", airAt, false, false, "air-image", "NaN", nil, ""},
	{"image-rows.fits", linearAt, false, false, "image-rows#0 image-rows#1", "NaN NaN", nil, ""},
	{"table.ecsv", linearAt, true, true, "NGC~1", "0.125", nil, flam},
	{"comma.ecsv", linearAt, true, true, "NGC~1", "0.125", nil, flam},
	{"long.ecsv", linearAt, false, false, "NGC~1 NGC~2", "0.125 0.25", nil, flam},
	{"long.csv", linearAt, false, false, "NGC~1 NGC~2", "0.125 0.25", nil, ""},
	{"header.csv", linearAt, true, true, "header", "NaN", nil, ""},
	{"bare.csv", linearAt, true, false, "bare", "NaN", nil, ""},
	{"tabs.tsv", linearAt, true, true, "tabs", "NaN", nil, ""},
	{"semicolons.csv", linearAt, true, true, "semicolons", "NaN", nil, ""},
	{"savetxt.txt", linearAt, true, true, "savetxt", "NaN", nil, ""},
	{"pandas.parquet", linearAt, true, true, "a b", "0.125 NaN", []int{40, 30}, ""},
	{"polars.parquet", linearAt, true, true, "a b", "0.125 NaN", []int{40, 30}, ""},
	{"grid.npz", linearAt, true, true, "a b", "0.125 0.25", nil, ""},
	{"coeff.npz", logAt, false, false, "coeff#0 coeff#1", "0.125 0.25", nil, ""},
}

func airAt(i int) float64 {
	lambda := []float64{linearAt(i)}
	spectra.AirToVacuum(lambda)
	return lambda[0]
}

func TestRecordedFiles(t *testing.T) {
	for _, f := range files {
		t.Run(f.name, func(t *testing.T) {
			list, bad, err := read(t, recordedFile(f.name), spectra.Options{})
			if err != nil || len(bad) > 0 {
				t.Fatal(err, bad)
			}
			names, redshifts := strings.Fields(f.names), strings.Fields(f.redshifts)
			if len(list) != len(names) {
				t.Fatalf("got %d spectra, expected %d", len(list), len(names))
			}
			for k, s := range list {
				n := 40
				if f.pixels != nil {
					n = f.pixels[k]
				}
				z := redshifts[k]
				if got := formatted(s.Redshift); s.Name != strings.ReplaceAll(names[k], "~", " ") || s.Row != k || got != z || s.FluxUnit != f.unit || s.File != recordedFile(f.name) {
					t.Errorf("got name %q, row %d, z %s, unit %q, file %s; expected %q, %d, %s, %q", s.Name, s.Row, got, s.FluxUnit, s.File, names[k], k, z, f.unit)
				}
				f.check(t, s, k, n)
			}
		})
	}
}

// check compares the pixels of spectrum k.
func (f file) check(t *testing.T, s *spectra.Spectrum, k, n int) {
	t.Helper()
	if len(s.Wavelength) != n || len(s.Flux) != n || (s.Ivar != nil) != f.errors {
		t.Fatalf("got %d wavelengths and %d fluxes, errors %v; expected %d, %v", len(s.Wavelength), len(s.Flux), s.Ivar != nil, n, f.errors)
	}
	for i := range n {
		if want := f.at(i); math.Abs(s.Wavelength[i]-want) > 2e-7*want { // loglam may be in float32
			t.Fatalf("pixel %d: got %g Å, expected %g", i, s.Wavelength[i], want)
		}
		if want := 10 + float64(i+k); s.Flux[i] != want {
			t.Fatalf("pixel %d: got flux %g, expected %g", i, s.Flux[i], want)
		}
		measured := !(f.masked && i == 3)
		if s.Measured(i) != measured {
			t.Fatalf("pixel %d: got measured %v, expected %v", i, s.Measured(i), measured)
		}
		if sigma := 0.5 + float64(i)/8; f.errors && measured && math.Abs(s.Ivar[i]*sigma*sigma-1) > 1e-6 {
			t.Fatalf("pixel %d: got ivar %g, expected %g", i, s.Ivar[i], 1/sigma/sigma)
		}
	}
}

func formatted(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

func TestSDSSAbout(t *testing.T) {
	for name, group := range map[string]string{"spec.fits": "4711", "spSpec.fit": ""} {
		list, _, err := read(t, recordedFile(name), spectra.Options{})
		if err != nil {
			t.Fatal(err)
		}
		s := list[0]
		if s.RA != 150.5 || s.Dec != 2.25 || s.Class != "GALAXY" || s.Group != group || len(s.Bits) != 40 || s.Bits[3] != 1<<24 || s.Rest {
			t.Errorf("%s: got RA %g, Dec %g, class %q, group %q, bits %v", name, s.RA, s.Dec, s.Class, s.Group, s.Bits)
		}
	}
}

// Cameras overlap by 10 pixels, where the second has a flux 1 higher: the mean counts by
// inverse variance, 1, 2 and 3. The mask of the first row marks pixel 3 of each camera.
func TestDESI(t *testing.T) {
	for _, name := range []string{"coadd.fits", "coadd-compressed.fits", "coadd-plain.fits"} {
		list, bad, err := read(t, recordedFile(name), spectra.Options{})
		if err != nil || len(bad) > 0 || len(list) != 2 {
			t.Fatal(name, len(list), bad, err)
		}
		for k, s := range list {
			if n := len(s.Wavelength); n != 100 {
				t.Fatalf("%s: got %d pixels, expected 100", name, n)
			}
			for i := range s.Wavelength {
				flux, ivar := desiTruth(i, k)
				if want := 3600 + 0.8*float64(i); math.Abs(s.Wavelength[i]-want) > 1e-9*want || s.Measured(i) != (ivar > 0) ||
					s.Measured(i) && (math.Abs(s.Flux[i]-flux) > 1e-6 || s.Ivar[i] != ivar) {
					t.Fatalf("%s: spectrum %d, pixel %d: got %g Å, %g, %g; expected %g, %g, %g", name, k, i, s.Wavelength[i], s.Flux[i], s.Ivar[i], want, flux, ivar)
				}
			}
		}
		if s := list[1]; s.Name != "39627700000000002" || s.Group != s.Name || s.EBV != 0.5 || s.RA != 10 || s.Dec != -5 {
			t.Errorf("%s: got %s, group %s, E(B−V) %g, RA %g, Dec %g", name, s.Name, s.Group, s.EBV, s.RA, s.Dec)
		}
		if s := list[1]; name == "coadd.fits" && (s.Redshift != 2.5 || s.Class != "QSO") {
			t.Errorf("got redshift %g, class %q", s.Redshift, s.Class)
		}
	}
}

func desiTruth(i, row int) (flux, ivar float64) {
	sum := 0.0
	for c := range 3 {
		if at := i - 30*c; at >= 0 && at < 40 && !(row == 0 && at == 3) {
			v, w := 10+float64(i+row), float64(c+1)
			if c > 0 && at < 10 {
				v++
			}
			sum, ivar = sum+w*v, ivar+w
		}
	}
	return sum / ivar, ivar
}

func TestRealFiles(t *testing.T) {
	paths, _ := filepath.Glob("../../../shared/data/fits/*.fits")
	if len(paths) == 0 {
		t.Skip("no file in ../shared/data/fits")
	}
	for _, path := range paths {
		list, bad, err := read(t, path, spectra.Options{})
		if err != nil || len(bad) > 0 || len(list) != 1 {
			t.Fatal(path, len(list), bad, err)
		}
		s := list[0]
		if n := len(s.Flux); n < 3000 || s.Wavelength[0] < 3500 || s.Wavelength[n-1] > 11000 || s.Ivar == nil || s.Bits == nil || !(s.Redshift > -0.01) || s.Class == "" || math.IsNaN(s.RA) {
			t.Errorf("%s: got %d pixels from %g Å on, z %g, class %q, RA %g", path, n, s.Wavelength[0], s.Redshift, s.Class, s.RA)
		}
	}
}

// written writes a file and returns its path.
func written(t testing.TB, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}
