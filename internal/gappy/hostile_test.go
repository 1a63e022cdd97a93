package gappy_test

import (
	"errors"
	"math"
	"slices"
	"testing"

	"sedlab/internal/gappy"
)

// wantFinite fails the test if a number of the fit, or one that it fills with, is not finite.
func wantFinite(t *testing.T, f *gappy.Fit, d gappy.Data) {
	t.Helper()
	for name, x := range map[string][]float64{"mean": f.Mean, "basis": f.Basis, "values": f.Values, "norms": f.Norms, "coeffs": f.Coeffs} {
		for i, v := range x {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				t.Fatalf("%s[%d] = %v", name, i, v)
			}
		}
	}
	filled := slices.Clone(d.Flux)
	if err := f.Fill(t.Context(), filled, d, 1); err != nil {
		t.Fatal(err)
	}
	for i, v := range filled {
		if v-v != 0 {
			t.Fatalf("value %d is %v", i, v)
		}
	}
}

// hostile are data that leave components, norms or coefficients undetermined.
func hostile() map[string]gappy.Data {
	zeros := func(rows, n int) gappy.Data {
		return gappy.Data{Flux: make([]float32, rows*n), Missing: make([]bool, rows*n), Dim: n}
	}
	one := zeros(1, 20)
	for j := range one.Flux {
		one.Flux[j] = float32(j)
	}
	constant := zeros(30, 20)
	for i := range constant.Flux {
		constant.Flux[i], constant.Missing[i] = 7, i%11 == 3
	}
	narrow, _ := lowRank(40, 3, 2, true)
	few, _ := lowRank(4, 30, 3, true)
	clear(few.Missing)
	for i := range few.Flux {
		few.Flux[i], few.Missing[i] = float32(i%7+i/30), i%9 == 0 && i < 60
	}
	lost, truth := lowRank(60, 30, 4, true)
	copy(lost.Flux, truth)
	for j := range 30 {
		lost.Missing[j] = true                 // nothing is left of signal 0
		lost.Missing[30+j] = j != 4            // one value of signal 1
		lost.Flux[60+j] = 0                    // signal 2
		lost.Flux[90+j] *= 1e37                // signal 3, near the end of float32
		lost.Flux[120+j] *= 1e-37              // signal 4
		lost.Flux[150+j] *= float32(1 - j%2*2) // signal 5 changes its sign
	}
	return map[string]gappy.Data{"one signal": one, "constant": constant, "few fluxes": narrow, "few signals": few, "lost": lost}
}

func TestHostileData(t *testing.T) {
	for name, d := range hostile() {
		for _, c := range fits {
			t.Run(name+"/"+c.name, func(t *testing.T) {
				o := c.o
				o.Components, o.Iterations = 6, 30
				f, err := c.fit(t.Context(), d, o)
				if err != nil {
					t.Fatal(err)
				}
				wantFinite(t, f, d)
				if f, err = c.frozen(f.Model, t.Context(), d, o); err != nil {
					t.Fatal(err)
				}
				wantFinite(t, f, d)
				if name == "lost" && (f.Norms[0] != 0 || f.Coeffs[0] != 0) {
					t.Errorf("a signal of which nothing was measured has the norm %v", f.Norms[0])
				}
			})
		}
	}
}

func TestNothingToFit(t *testing.T) {
	for _, c := range fits {
		o := c.o
		o.Components, o.Iterations = 2, 3
		d, truth := lowRank(20, 10, 2, true)
		copy(d.Flux, truth)
		for i := range 20 {
			d.Missing[i*10+4] = true
		}
		var unmeasured *gappy.UnmeasuredError
		if _, err := c.fit(t.Context(), d, o); !errors.As(err, &unmeasured) || unmeasured.Column != 4 {
			t.Errorf("%s: column 4 is missing everywhere: %v", c.name, err)
		}
		for i := range d.Missing {
			d.Missing[i] = true
		}
		if _, err := c.fit(t.Context(), d, o); !errors.Is(err, gappy.ErrEmpty) {
			t.Errorf("%s: all is missing: %v", c.name, err)
		}
		d.Rows = []int{}
		if _, err := c.fit(t.Context(), d, o); !errors.Is(err, gappy.ErrEmpty) {
			t.Errorf("%s: there is no signal: %v", c.name, err)
		}
	}
}

// A few wild values hardly move what a robust fit fills in.
func TestRobustFitWithstandsOutliers(t *testing.T) {
	d, truth := lowRank(150, 60, 3, false)
	for i := range d.Flux {
		if i%97 == 0 && !d.Missing[i] {
			d.Flux[i] += 50
		}
	}
	worst := func(robust bool) (worst float64) {
		f, err := gappy.EM(t.Context(), d, gappy.Options{Components: 3, Iterations: 100, Robust: robust})
		if err != nil {
			t.Fatal(err)
		}
		filled := slices.Clone(d.Flux)
		if err := f.Fill(t.Context(), filled, d, 1); err != nil {
			t.Fatal(err)
		}
		for i, m := range d.Missing {
			if m {
				worst = max(worst, math.Abs(float64(filled[i]-truth[i])))
			}
		}
		return worst
	}
	if plain, robust := worst(false), worst(true); robust > 0.02 || plain < 10*robust {
		t.Errorf("largest error %v, without robustness %v", robust, plain)
	}
}
