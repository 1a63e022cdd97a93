package datasets_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"sedlab/datasets"
)

// loadFlux returns the set of an archive with these fluxes, three to a signal.
func loadFlux(t *testing.T, flux []float64, more arrays) (*datasets.Set, error) {
	t.Helper()
	a := plainArchive().replace(arrays{"spectra": mat.NewDense(len(flux)/3, 3, flux)}).replace(more)
	return datasets.Load(t.Context(), "npz", &datasets.NPZConfig{Path: writeArchive(t, a)}, nil, datasets.Fractions{}, 0)
}

func scaled(flux []float64, by float64) (out []float64) {
	for _, v := range flux {
		out = append(out, v*by)
	}
	return out
}

// The unit of flux does not matter, even where float32 cannot hold the values.
func TestNormalizedFluxesDoNotDependOnTheUnit(t *testing.T) {
	flux := []float64{1, 2.5, 3, 4, 0, 6.25, -7, 8, 9}
	for _, how := range []string{"rms", "l2", "median", "max"} {
		want, err := loadFlux(t, flux, nil)
		if err == nil {
			err = want.Normalize(how)
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, unit := range []float64{0x1p146, 0x1p-153, 0x1p-57, 1e44, 1e-46, 1e-17, 1e300, 1e-290} {
			got, err := loadFlux(t, scaled(flux, unit), nil)
			if err == nil {
				err = got.Normalize(how)
			}
			if err != nil {
				t.Fatal(err)
			}
			exponent, _ := math.Frexp(unit)
			for i, v := range got.Flux {
				if exact := exponent == 0.5; exact && v != want.Flux[i] || math.Abs(float64(v-want.Flux[i])) > 1e-6 {
					t.Errorf("%s, times %g: flux %d is %g; want %g", how, unit, i, v, want.Flux[i])
				}
			}
			for i, norm := range got.Norm {
				if want := want.Norm[i] * unit; math.Abs(norm/want-1) > 1e-6 {
					t.Errorf("%s, times %g: norm %d is %g; want %g", how, unit, i, norm, want)
				}
			}
		}
	}
}

// Signals of very different sizes do not round one another away.
func TestSignalsOfAllSizes(t *testing.T) {
	set, err := loadFlux(t, []float64{1e44, 2e44, 3e44, 1e-46, 2e-46, 3e-46, 0, 0, 0, 1, 2, 3}, nil)
	if err == nil {
		err = set.Normalize("max")
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{0, 1, 3} {
		if x := set.Signal(i); x[2] != 1 || math.Abs(float64(x[0])-1./3) > 1e-6 {
			t.Errorf("signal %d: %v", i, x)
		}
	}
	if set.Bad(2) != "zero norm" || set.Bad(0)+set.Bad(1)+set.Bad(3) != "" {
		t.Errorf("unusable: %q, %q, %q, %q", set.Bad(0), set.Bad(1), set.Bad(2), set.Bad(3))
	}
	if _, ok := set.CopyOf(1); ok {
		t.Error("a signal in another unit counts as a copy")
	}
}

func TestWithoutNormalizationFluxesMustFit(t *testing.T) {
	for name, c := range map[string]struct {
		flux []float64
		want string
	}{
		"too large": {[]float64{1, 2, 3, 4, 1e44, 6}, `array "spectra": row 1, column 1 (5000.0 Å) is 1e+44, which is beyond the range of float32`},
		"too small": {[]float64{1e-46, 2e-46, 3e-46, 4, 5, 6}, `array "spectra": row 0, column 0 (4000.0 Å) is 1e-46, which is beyond the range of float32`},
	} {
		set, err := loadFlux(t, c.flux, nil)
		if err != nil {
			t.Fatal(err)
		}
		err = set.Normalize("none")
		var input *datasets.InputError
		if !errors.As(err, &input) || !errors.As(err, new(*datasets.RangeError)) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %s", name, err, c.want)
		}
	}
	set, err := loadFlux(t, []float64{1e30, 1e-9, 3e30, 0, 0, 0}, nil)
	if err == nil {
		err = set.Normalize("none")
	}
	if err != nil || set.Flux[0] != 1e30 || set.Flux[1] != 1e-9 {
		t.Errorf("fluxes that fit: %v, %v", set.Flux, err)
	}
}

func TestMaskedFluxesMayBeAnything(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	mask := [3][3]bool{{true, false, false}, {false, false, true}, {true, true, true}}
	set, err := loadFlux(t, []float64{nan, 2, 4, 3, 4, inf, nan, nan, -inf}, arrays{"mask": mask})
	if err != nil {
		t.Fatal(err)
	}
	if want := []float32{3, 2, 4, 3, 4, 3.5, 0, 0, 0}; !slices.Equal(set.Flux, want) {
		t.Errorf("fluxes %v; want %v", set.Flux, want)
	}
	if !set.InfilledRow(0)[0] || set.InfilledRow(0)[1] {
		t.Errorf("infilled: %v", set.Infilled)
	}
	if err := set.Normalize("rms"); err != nil || set.Bad(2) == "" {
		t.Errorf("a signal without a measured flux is usable; %v", err)
	}
	_, err = loadFlux(t, []float64{nan, nan, 4, 3, 4, 5, 1, 1, 1}, arrays{"mask": mask})
	if err == nil || !strings.Contains(err.Error(), `row 0, column 1 is NaN, expected a finite number; the array "mask" says that it was measured`) {
		t.Errorf("a NaN that is not masked: %v", err)
	}
	_, err = loadFlux(t, []float64{1, 2, inf}, nil)
	if err == nil || !strings.Contains(err.Error(), `row 0, column 2 is +Inf, expected a finite number; an array "mask" (true = not measured) says which fluxes are missing`) {
		t.Errorf("an infinity without a mask: %v", err)
	}
	if huge, err := loadFlux(t, []float64{1, 2, 1e300}, arrays{"mask": [1][3]bool{{false, false, true}}}); err != nil || huge.Flux[2] != 1.5 || huge.Scale != nil {
		t.Errorf("a masked flux that is out of range: %+v, %v", huge, err)
	}
}

// Inverse variances follow the unit of the fluxes, however precise these are, and what has an
// inverse variance of 0 was not measured.
func TestInverseVariances(t *testing.T) {
	flux := []float64{1, 2, 3, 4, 5, 6, 7, 8, math.NaN()}
	ivar := []float64{1, 4, 1e6, 25, 0, 1, 100, 1e8, 0} // with a signal-to-noise ratio of up to 80,000
	for _, unit := range []float64{1, 1e-17, 1e30, 1e-60} {
		set, err := loadFlux(t, scaled(flux, unit), arrays{"ivar": mat.NewDense(3, 3, scaled(ivar, 1/unit/unit))})
		if err != nil {
			t.Fatal(err)
		}
		if want := []bool{false, false, false, false, true, false, false, false, true}; !slices.Equal(set.Infilled, want) {
			t.Errorf("times %g: not measured are %v, expected %v", unit, set.Infilled, want)
		}
		if err := set.Normalize("rms"); err != nil {
			t.Fatal(err)
		}
		for i, v := range set.Ivar {
			norm := set.Norm[i/3] / unit
			if want := ivar[i] * norm * norm; math.Abs(float64(v)-want) > 1e-6*want {
				t.Errorf("times %g: inverse variance %d is %g, expected %g", unit, i, v, want)
			}
		}
	}
}

func TestImpossibleInverseVariances(t *testing.T) {
	flux := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9}
	for _, wrong := range []float64{-1, math.NaN(), math.Inf(1)} {
		ivar := slices.Repeat([]float64{1}, 9)
		ivar[5] = wrong
		_, err := loadFlux(t, flux, arrays{"ivar": mat.NewDense(3, 3, ivar)})
		if err == nil || !strings.Contains(err.Error(), `array "ivar": row 1, column 2`) || !strings.Contains(err.Error(), "rename it") {
			t.Errorf("%g: %v", wrong, err)
		}
	}
	set, err := loadFlux(t, scaled(flux, 1e-17), arrays{"ivar": mat.NewDense(3, 3, slices.Repeat([]float64{1e40}, 9))})
	if err == nil {
		err = set.Normalize("none")
	}
	if err == nil || !strings.Contains(err.Error(), `array "ivar": row 0, column 0`) {
		t.Errorf("an inverse variance of 1e40, not normalised: %v", err)
	}
}

// Signals without noise follow the unit and the normalisation of the noisy ones.
func TestTruth(t *testing.T) {
	flux, truth := []float64{1, 2.5, 3, 4, 5, 6.25}, []float64{1, 2, 3, 4, 5, 6}
	for _, unit := range []float64{1, 1e-17, 1e44} {
		set, err := loadFlux(t, scaled(flux, unit), arrays{"truth": mat.NewDense(2, 3, scaled(truth, unit))})
		if err == nil {
			err = set.Normalize("l2")
		}
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range set.Truth {
			if want := truth[i] * unit / set.Norm[i/3]; math.Abs(float64(v)-want) > 1e-6*want {
				t.Errorf("times %g: noise-free flux %d is %g, expected %g", unit, i, v, want)
			}
		}
	}
	_, err := loadFlux(t, flux, arrays{"truth": mat.NewDense(2, 3, []float64{1, 2, 3, math.NaN(), 5, 6})})
	if err == nil || !strings.Contains(err.Error(), `array "truth": row 1, column 0`) {
		t.Errorf("a truth that is not a number: %v", err)
	}
}
