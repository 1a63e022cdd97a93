package rebin_test

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"sedlab/internal/rebin"
)

func all(int) bool { return true }

// Numbers are those of the Python package spectres; testdata/record.py recorded them.
func TestAgreesWithSpectres(t *testing.T) {
	text, err := os.ReadFile("testdata/spectres.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		From, To, Flux, Error, NewFlux, NewError []float64
	}
	if err := json.Unmarshal(text, &cases); err != nil || len(cases) == 0 {
		t.Fatal(len(cases), err)
	}
	for n, c := range cases {
		m, err := rebin.New(c.From, c.To)
		if err != nil {
			t.Fatal(err)
		}
		variance := make([]float64, len(c.Error))
		for i, e := range c.Error {
			variance[i] = e * e
		}
		for j, want := range c.NewFlux {
			mean, v, coverage := m.Mean(j, c.Flux, variance, all)
			if math.Abs(mean-want) > 1e-9*math.Abs(want) || math.Abs(math.Sqrt(v)-c.NewError[j]) > 1e-9*c.NewError[j] || coverage < 1-1e-9 {
				t.Errorf("case %d, pixel %d: %g ± %g, coverage %g; expected %g ± %g", n, j, mean, math.Sqrt(v), coverage, want, c.NewError[j])
			}
		}
	}
}

func TestConservesFlux(t *testing.T) {
	from, to := []float64{1, 2, 3.5, 4, 6, 7}, []float64{0, 2.2, 3, 8, 9}
	flux := []float64{1, -2, 5, 3, 0.5, 2}
	m, err := rebin.New(from, to)
	if err != nil {
		t.Fatal(err)
	}
	edges := rebin.Edges(from)
	var before, after float64
	for i, f := range flux {
		before += f * (edges[i+1] - edges[i])
	}
	for j := range to {
		if mean, _, coverage := m.Mean(j, flux, nil, all); coverage > 0 {
			after += mean * coverage * m.Width(j)
		}
	}
	if math.Abs(before-after) > 1e-12 {
		t.Errorf("the integral is %g, then %g", before, after)
	}
}

func TestEdgeCases(t *testing.T) {
	same := []float64{1, 2, 4}
	m, err := rebin.New(same, same)
	if err != nil {
		t.Fatal(err)
	}
	for j, want := range []float64{7, 8, 9} {
		if mean, v, _ := m.Mean(j, []float64{7, 8, 9}, []float64{1, 2, 3}, all); mean != want || math.Abs(v-float64(j+1)) > 1e-12 {
			t.Errorf("on the same grid, pixel %d is %g with variance %g", j, mean, v)
		}
	}
	far, err := rebin.New(same, []float64{10, 11})
	if err != nil {
		t.Fatal(err)
	}
	if mean, _, coverage := far.Mean(0, []float64{7, 8, 9}, nil, all); !math.IsNaN(mean) || coverage != 0 {
		t.Errorf("outside: %g, coverage %g", mean, coverage)
	}
	for _, bad := range [][]float64{nil, {1}, {2, 1}, {1, 1}, {1, math.NaN()}, {1, math.Inf(1)}} {
		if _, err := rebin.New(bad, same); err == nil {
			t.Errorf("grid %v is accepted", bad)
		}
		if _, err := rebin.New(same, bad); err == nil {
			t.Errorf("new grid %v is accepted", bad)
		}
	}
}

func FuzzNew(f *testing.F) {
	f.Add(1.0, 2.0, 3.0, 1.5, 2.5)
	f.Fuzz(func(t *testing.T, a, b, c, d, e float64) {
		m, err := rebin.New([]float64{a, b, c}, []float64{d, e})
		if err != nil {
			return
		}
		for j := range 2 {
			m.Mean(j, []float64{1, 2, 3}, nil, all)
			if v := m.Coverage(j); v < 0 || v > 1 {
				t.Errorf("coverage %g", v)
			}
		}
	})
}

func BenchmarkRebin(b *testing.B) {
	from, to := make([]float64, 3800), make([]float64, 1000)
	for i := range from {
		from[i] = 3600 * math.Pow(10, 1e-4*float64(i))
	}
	for j := range to {
		to[j] = 3600 * math.Pow(10, 3.8e-4*float64(j))
	}
	for b.Loop() {
		m, err := rebin.New(from, to)
		if err != nil {
			b.Fatal(err)
		}
		for j := range to {
			m.Mean(j, from, from, all)
		}
	}
}
