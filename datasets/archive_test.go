package datasets_test

import (
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"codeberg.org/sbinet/npyio/npz"
	"gonum.org/v1/gonum/mat"

	"sedlab/datasets"
)

type arrays map[string]any

// plainArchive holds 2 signals of 3 fluxes.
func plainArchive() arrays {
	return arrays{
		"spectra":    mat.NewDense(2, 3, []float64{1, 2, 3, 4, 5, 6}),
		"wavelength": []float64{4000, 5000, 6000},
	}
}

// astroMLArchive holds 2 signals of 3 fluxes, one flux of each masked, and a PCA of 1
// coefficient and 2 eigenvectors. The second eigenvector must not be used.
func astroMLArchive() arrays {
	return arrays{
		"spectra": mat.NewDense(2, 3, []float64{1, 2, 3, 4, 5, math.NaN()}),
		"mask":    [2][3]bool{{true, false, false}, {false, false, true}},
		"coeffs":  mat.NewDense(2, 1, []float64{2, -1}),
		"evecs":   mat.NewDense(2, 3, []float64{0.5, 0, 0.25, 9, 9, 9}),
		"mu":      []float64{1, 1, 1},
		"norms":   []float64{10, 100},
		"coeff0":  3.5,
		"coeff1":  0.1,
		"z":       []float32{0.25, 0.5},
	}
}

// replace returns the arrays with some replaced, or left out if the value is nil.
func (a arrays) replace(changes arrays) arrays {
	out := maps.Clone(a)
	for key, value := range changes {
		if out[key] = value; value == nil {
			delete(out, key)
		}
	}
	return out
}

func writeArchive(t testing.TB, a arrays) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "spectra.npz")
	entries := make(map[string]any)
	for key, value := range a {
		entries[key+".npy"] = value
	}
	if err := npz.Write(path, entries); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPlainArchive(t *testing.T) {
	for _, key := range []string{"wavelength", "wave", "lam"} {
		a := plainArchive().replace(arrays{"wavelength": nil, key: []float64{4000, 5000, 6000}, "mask": [2][3]uint8{{0, 1, 0}, {0, 0, 0}}})
		set, err := (&datasets.NPZConfig{Path: writeArchive(t, a)}).Load(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		if set.Len() != 2 || set.Dim() != 3 || set.Name != "spectra.npz" || len(set.SHA256) != 64 {
			t.Errorf("%d signals of %d fluxes, name %q, hash %q", set.Len(), set.Dim(), set.Name, set.SHA256)
		}
		if !slices.Equal(set.Signal(1), []float32{4, 5, 6}) || !slices.Equal(set.Wavelength, []float64{4000, 5000, 6000}) {
			t.Errorf("signal 1 is %v at %v", set.Signal(1), set.Wavelength)
		}
		if !slices.Equal(set.InfilledRow(0), []bool{false, true, false}) {
			t.Errorf("infilled %v", set.InfilledRow(0))
		}
		if set.Redshift != nil {
			t.Errorf("redshifts %v from nowhere", set.Redshift)
		}
	}
}

func TestAstroMLArchive(t *testing.T) {
	path := writeArchive(t, astroMLArchive())
	for source, config := range map[string]datasets.Config{
		"sdss-corrected": &datasets.SDSSCorrectedConfig{Path: path}, "npz": &datasets.NPZConfig{Path: path},
	} {
		set, err := config.Load(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		// (1 + 2·0.5)·10 = 20 and (1 − 0.25)·100 = 75.
		if want := []float32{20, 2, 3, 4, 5, 75}; !slices.Equal(set.Flux, want) {
			t.Errorf("%s: fluxes %v, want %v", source, set.Flux, want)
		}
		if want := []bool{true, false, false, false, false, true}; !slices.Equal(set.Infilled, want) {
			t.Errorf("%s: infilled %v, want %v", source, set.Infilled, want)
		}
		for i, want := range []float64{3162.27766, 3981.07171, 5011.87234} {
			if math.Abs(set.Wavelength[i]-want) > 1e-5 {
				t.Errorf("%s: wavelength %d is %v, want %v", source, i, set.Wavelength[i], want)
			}
		}
		if !slices.Equal(set.Redshift, []float64{0.25, 0.5}) {
			t.Errorf("%s: redshifts %v", source, set.Redshift)
		}
	}
}

func TestArchiveErrors(t *testing.T) {
	nan := mat.NewDense(2, 3, []float64{1, 2, 3, 4, math.NaN(), 6})
	tests := []struct {
		name string
		a    arrays
		want string
	}{
		{"no spectra", plainArchive().replace(arrays{"spectra": nil}), `spectra.npz: no array "spectra"; there are "wavelength"`},
		{"flat spectra", plainArchive().replace(arrays{"spectra": []float64{1, 2, 3}}), `array "spectra": shape (3,), expected (*, *)`},
		{"no wavelengths", plainArchive().replace(arrays{"wavelength": nil}), `no wavelengths: expected an array "wavelength"`},
		{"other wavelengths", plainArchive().replace(arrays{"wavelength": []float64{1, 2}}), `array "wavelength": shape (2,), expected (3,)`},
		{"descending", plainArchive().replace(arrays{"wavelength": []float64{3, 2, 1}}), "wavelength 1 is 2 Å, expected positive and ascending"},
		{"NaN wavelength", plainArchive().replace(arrays{"wavelength": []float64{1, math.NaN(), 3}}), "wavelength 1 is NaN Å"},
		{"NaN", plainArchive().replace(arrays{"spectra": nan}), `array "spectra": row 1, column 1 is NaN`},
		{"other mask", plainArchive().replace(arrays{"mask": [2][2]bool{}}), `array "mask": shape (2, 2), expected (2, 3)`},
		{"other redshifts", plainArchive().replace(arrays{"z": []float64{1}}), `array "z": shape (1,), expected (2,)`},
		{"half a grid", plainArchive().replace(arrays{"wavelength": nil, "coeff0": 3.5}), `no array "coeff1"`},
		{"flat grid", plainArchive().replace(arrays{"wavelength": nil, "coeff0": 3.5, "coeff1": 0.}), "wavelength 1 is 3162.2776601683795 Å, expected"},
		{"endless grid", plainArchive().replace(arrays{"wavelength": nil, "coeff0": 3.5, "coeff1": 1e300}), "wavelength 1 is +Inf Å"},
		{"no mask", astroMLArchive().replace(arrays{"mask": nil}), `no array "mask"`},
		{"half a PCA", astroMLArchive().replace(arrays{"mu": nil}), `no array "mu"`},
		{"other coeffs", astroMLArchive().replace(arrays{"coeffs": mat.NewDense(3, 1, nil)}), `array "coeffs": shape (3, 1), expected (2, *)`},
		{"too few evecs", astroMLArchive().replace(arrays{"coeffs": mat.NewDense(2, 3, nil)}), `array "evecs": 2 components, but "coeffs" has 3`},
		{"NaN in evecs", astroMLArchive().replace(arrays{"evecs": nan}), `array "evecs": row 1, column 1 is NaN`},
		{"NaN not masked", astroMLArchive().replace(arrays{"spectra": nan}), `array "spectra": row 1, column 1 is NaN`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := (&datasets.NPZConfig{Path: writeArchive(t, test.a)}).Load(t.Context(), 0)
			wantInputError(t, err, test.want)
		})
	}
}

func TestPlainArchiveIsNoSDSS(t *testing.T) {
	_, err := (&datasets.SDSSCorrectedConfig{Path: writeArchive(t, plainArchive())}).Load(t.Context(), 0)
	wantInputError(t, err, `no array "mask"`)
}

// TestSharedArchives reads archives of real size, if the checkout has them.
func TestSharedArchives(t *testing.T) {
	for name, signals := range map[string]int{"sdss-real-300.npz": 300, "sdss-like-4000.npz": 4000} {
		t.Run(name, func(t *testing.T) {
			set := loadShared(t, name)
			if set.Len() != signals || set.Dim() != 1000 || math.Abs(set.Wavelength[999]-7935.97) > 0.01 {
				t.Errorf("%d signals of %d fluxes up to %v Å", set.Len(), set.Dim(), set.Wavelength[999])
			}
			infilled := 0
			for _, missing := range set.Infilled {
				if missing {
					infilled++
				}
			}
			if share := float64(infilled) / float64(len(set.Flux)); share < 0.1 || share > 0.2 {
				t.Errorf("%v of the fluxes are infilled", share)
			}
		})
	}
}

// TestExplainedVariance compares the shares with those of NumPy's SVD of all signals, at
// unit rms and without their mean.
func TestExplainedVariance(t *testing.T) {
	want := map[int]float64{1: 0.6605, 5: 0.9540, 10: 0.9835, 50: 0.9938}
	for _, e := range describe(t, loadShared(t, "sdss-real-300.npz")).PCA {
		if math.Abs(e.Share-want[e.Components]) > 2e-4 {
			t.Errorf("%d components explain %v, want %v", e.Components, e.Share, want[e.Components])
		}
	}
}

func loadShared(t *testing.T, name string) *datasets.Set {
	t.Helper()
	set, err := (&datasets.SDSSCorrectedConfig{Path: sharedData(t, name)}).Load(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// sharedData returns a file of ../shared/data beside the repository, or skips.
func sharedData(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join("..", "..", "shared", "data", name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("not beside this checkout: %v", err)
	}
	return path
}
