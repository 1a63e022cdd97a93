package datasets_test

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"

	"sedlab/datasets"
	"sedlab/datasets/datasettest"
	"sedlab/internal/gappy"
)

// fillers are the steps that fill gaps.
var fillers = map[string]datasets.Step{
	"iterative_pca": &datasets.IterativePCAConfig{Components: 3, Iterations: 100},
	"empca":         &datasets.EMPCAConfig{Components: 4, Iterations: 30, Robust: true},
}

func TestFillersFill(t *testing.T) {
	var train []int
	for i := range 34 {
		train = append(train, i)
	}
	for name, step := range fillers {
		data, want := datasettest.Data(), datasettest.Data()
		for i, infilled := range data.Infilled {
			data.Ivar = append(data.Ivar, 1e4)
			if infilled {
				data.Flux[i], data.Ivar[i] = -1000, 0
			}
		}
		out, err := step.Apply(t.Context(), data, train, 0)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(out.Ivar, data.Ivar) || !slices.Equal(out.Infilled, data.Infilled) {
			t.Errorf("%s changes inverse variances, or which fluxes are infilled", name)
		}
		for i, v := range out.Flux {
			if d := math.Abs(float64(v - want.Flux[i])); d > 0.2 || !data.Infilled[i] && d > 0 {
				t.Errorf("%s: flux %d of signal %d is %v, expected %v; infilled: %v", name, i%60, i/60, v, want.Flux[i], data.Infilled[i])
			}
		}
	}
}

func TestFillersWithNothingToFill(t *testing.T) {
	for name, step := range fillers {
		for _, infilled := range [][]bool{nil, make([]bool, 37*60)} {
			data := datasettest.Data()
			data.Infilled = infilled
			out, err := step.Apply(t.Context(), data, nil, 0)
			if err != nil || !slices.Equal(out.Flux, data.Flux) {
				t.Errorf("%s changes data without infilled fluxes: %v", name, err)
			}
		}
	}
}

func TestFillersWithNothingToLearnFrom(t *testing.T) {
	for _, step := range fillers {
		data := datasettest.Data()
		data.InfilledRow(0)[7], data.InfilledRow(1)[7] = true, true
		_, err := step.Apply(t.Context(), data, []int{0, 1}, 0)
		wantInputError(t, err, "dataset test: no training signal has a measured flux at 4350.0 Å; expected one at each wavelength: leave out the others, by step crop, or by from and to of step rebin")
		for j := range 60 {
			data.InfilledRow(0)[j] = true
		}
		_, err = step.Apply(t.Context(), data, []int{0}, 0)
		wantInputError(t, err, "dataset test: no training signal has a measured flux other than 0")
		if errs := step.Check(2); len(errs) != 1 || errs[0].Key != "components" {
			t.Errorf("more components than fluxes: %v", errs)
		}
	}
}

// sdssLike returns 4000 spectra, or skips the test without them.
func sdssLike(t testing.TB) *datasets.Set {
	const path = "../../shared/data/sdss-like-4000.npz"
	if _, err := os.Stat(path); err != nil {
		t.Skip(err)
	}
	set, err := (&datasets.SDSSCorrectedConfig{Path: path}).Load(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// 4000 spectra are filled as astroML fills them, which package gappy's testdata/record.py
// recorded.
func TestIterativePCAAgreesWithAstroML(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	set := sdssLike(t)
	b, err := os.ReadFile("../internal/gappy/testdata/sdss-like-4000.json")
	if err != nil {
		t.Fatal(err)
	}
	var want struct{ Mean, Basis, Values, Norms, Coeffs, Filled []float64 }
	if err := json.Unmarshal(b, &want); err != nil {
		t.Fatal(err)
	}
	step := &datasets.IterativePCAConfig{Components: 10, Iterations: 20}
	fit, err := step.Fit(t.Context(), set, nil)
	if err != nil {
		t.Fatal(err)
	}
	var coeffs, filled []float64
	for i := 0; i < set.Len(); i += 40 {
		coeffs = append(coeffs, fit.Coeffs[i*10:(i+1)*10]...)
	}
	if err := fit.Fill(t.Context(), set.Flux, gappy.Data{Flux: set.Flux, Missing: set.Infilled, Dim: set.Dim()}, 2); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < set.Len(); i += 200 {
		for j, infilled := range set.InfilledRow(i) {
			if infilled {
				filled = append(filled, float64(set.Signal(i)[j]))
			}
		}
	}
	every := func(step int, x []float64) (out []float64) {
		for i := 0; i < len(x); i += step {
			out = append(out, x[i])
		}
		return out
	}
	for _, c := range []struct {
		name      string
		got, want []float64
		tol       float64 // relative to the largest
	}{
		{"mean", every(10, fit.Mean), want.Mean, 1e-8},
		{"basis", every(10, fit.Basis), want.Basis, 1e-7},
		{"values", fit.Values, want.Values, 1e-8},
		{"norms", every(40, fit.Norms), want.Norms, 1e-8},
		{"coeffs", coeffs, want.Coeffs, 1e-7},
		{"filled", filled, want.Filled, 1e-7},
	} {
		if len(c.got) != len(c.want) {
			t.Fatalf("%s: %d numbers, expected %d", c.name, len(c.got), len(c.want))
		}
		largest, worst := 0.0, 0.0
		for i, v := range c.want {
			largest, worst = max(largest, math.Abs(v)), max(worst, math.Abs(v-c.got[i]))
		}
		t.Logf("%s: largest difference %.2g of the largest", c.name, worst/largest)
		if !(worst <= c.tol*largest) {
			t.Errorf("%s differs from astroML's by %.2g of the largest", c.name, worst/largest)
		}
	}
}

// internal/gappy/testdata/time_astroml.py times astroML on the same.
func BenchmarkIterativePCA(b *testing.B) {
	set := sdssLike(b)
	step := &datasets.IterativePCAConfig{Components: 10, Iterations: 20}
	for b.Loop() {
		if _, err := step.Fit(b.Context(), set, nil); err != nil {
			b.Fatal(err)
		}
	}
}
