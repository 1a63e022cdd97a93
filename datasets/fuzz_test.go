package datasets_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"codeberg.org/sbinet/npyio"
	"gonum.org/v1/gonum/mat"

	"sedlab/datasets"
)

// npy returns an array as a file of an archive.
func npy(t testing.TB, v any) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := npyio.Write(&b, v); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// stored writes an archive of the files that are not empty. Its checksums are right,
// whatever the files hold.
func stored(t *testing.T, path string, files map[string][]byte) {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, data := range files {
		if len(data) == 0 {
			continue
		}
		w, err := z.CreateHeader(&zip.FileHeader{Name: name + ".npy", Method: zip.Store})
		if err == nil {
			_, err = w.Write(data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(z.Close(), os.WriteFile(path, b.Bytes(), 0o666)); err != nil {
		t.Fatal(err)
	}
}

// texts returns a one-dimensional array of texts of 10 characters at most, as NumPy writes it.
func texts(list ...string) []byte {
	header := fmt.Sprintf("{'descr': '|S10', 'fortran_order': False, 'shape': (%d,), }\n", len(list))
	b := append([]byte("\x93NUMPY\x01\x00"), byte(len(header)), 0)
	b = append(b, header...)
	for _, text := range list {
		b = append(b, text...)
		b = append(b, make([]byte, 10-len(text))...)
	}
	return b
}

// usable loads a set from the archive at path and checks that it is an input error, or a
// set that can be described, split and normalised.
func usable(t *testing.T, path, norm string) {
	t.Helper()
	config := &datasets.NPZConfig{Path: path}
	split := datasets.Fractions{Train: 0.5, Test: 0.5}
	set, err := datasets.Load(t.Context(), "npz", config, nil, split, 1)
	var input *datasets.InputError
	if err != nil {
		if !errors.As(err, &input) {
			t.Errorf("%v is no InputError", err)
		}
		return
	}
	info, err := set.Describe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := json.Marshal(info); err != nil {
		t.Errorf("%v: %+v", err, info)
	}
	sides := set.Split(1, split)
	if n := len(sides.Train) + len(sides.Validation) + len(sides.Test); n > set.Len() {
		t.Errorf("%d of %d signals are on a side", n, set.Len())
	}
	if err := set.Normalize(norm); err != nil {
		if !errors.As(err, &input) {
			t.Errorf("%v is no InputError", err)
		}
		return
	}
	if err := set.Check(); err != nil {
		t.Errorf("normalised by %s: %v", norm, err)
	}
	for i, v := range set.Norm {
		if !(v > 0) || math.IsInf(v, 0) {
			t.Errorf("signal %d was divided by %g", i, v)
		}
	}
}

var norms = []string{"rms", "l2", "median", "max", "none"}

// FuzzNPZ reads data sets with the arrays of plainArchive.
func FuzzNPZ(f *testing.F) {
	flux := mat.NewDense(2, 3, []float64{1, 2, 3, 4, 5, 6})
	huge := mat.NewDense(2, 3, []float64{1e300, -1e300, 3, 0, math.NaN(), 1e-310})
	grid := npy(f, []float64{4000, 5000, 6000})
	mask := npy(f, [2][3]bool{{true, false, false}, {false, true, false}})
	ids, z := npy(f, []int64{7, 7}), npy(f, []float32{0.25, float32(math.NaN())})
	f.Add(npy(f, flux), grid, []byte(nil), []byte(nil), []byte(nil), []byte(nil), byte(0))
	f.Add(npy(f, huge), grid, mask, z, ids, texts("train", ""), byte(1))
	ends := mat.NewDense(2, 3, []float64{math.MaxFloat64, -math.MaxFloat64, 1, 1, -math.MaxFloat64, math.MaxFloat64})
	f.Add(npy(f, ends), grid, []byte(nil), []byte(nil), []byte(nil), []byte(nil), byte(2))
	f.Add(npy(f, huge), grid, mask, z, texts("a", "b"), texts("test", "validation"), byte(4))
	path := filepath.Join(f.TempDir(), "spectra.npz")
	f.Fuzz(func(t *testing.T, spectra, wavelength, mask, z, group, split []byte, norm byte) {
		stored(t, path, map[string][]byte{
			"spectra": spectra, "wavelength": wavelength, "mask": mask, "z": z, "group": group, "split": split,
		})
		usable(t, path, norms[int(norm)%len(norms)])
	})
}

// FuzzAstroML reads data sets with the arrays of astroMLArchive.
func FuzzAstroML(f *testing.F) {
	flux := npy(f, mat.NewDense(2, 3, []float64{1, 2, 3, 4, 5, math.NaN()}))
	mask := npy(f, [2][3]bool{{true, false, false}, {false, false, true}})
	coeffs, evecs := npy(f, mat.NewDense(2, 1, []float64{2, -1})), npy(f, mat.NewDense(2, 3, []float64{0.5, 0, 0.25, 9, 9, 9}))
	mu, start := npy(f, []float64{1, 1, 1}), npy(f, 3.5)
	f.Add(flux, mask, coeffs, evecs, mu, npy(f, []float64{10, 100}), start)
	f.Add(flux, mask, coeffs, evecs, mu, npy(f, []float64{1e300, -1e-300}), start)
	step := npy(f, 0.1)
	path := filepath.Join(f.TempDir(), "spec4000.npz")
	f.Fuzz(func(t *testing.T, spectra, mask, coeffs, evecs, mu, norms, coeff0 []byte) {
		stored(t, path, map[string][]byte{
			"spectra": spectra, "mask": mask, "coeffs": coeffs, "evecs": evecs, "mu": mu, "norms": norms, "coeff0": coeff0, "coeff1": step,
		})
		usable(t, path, "rms")
	})
}
