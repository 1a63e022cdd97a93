package gappy_test

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"testing"

	"sedlab/internal/gappy"
)

// recorded is what testdata/record.py writes.
type recorded struct {
	Dim, Components, Iterations int
	Flux, Weight                []float32
	Missing                     string
	Mean, Basis, Values         []float64
	Norms, Coeffs, Filled       []float64
	Model                       []float64
}

func load(t *testing.T, name string) (r recorded) {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// near fails the test if any number is further from the wanted one than tol times the
// largest wanted one.
func near(t *testing.T, name string, got, want []float64, tol float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d numbers, expected %d", name, len(got), len(want))
	}
	largest := 0.0
	for _, v := range want {
		largest = max(largest, math.Abs(v))
	}
	for i, v := range got {
		if !(math.Abs(v-want[i]) <= tol*largest) {
			t.Fatalf("%s[%d] = %v, expected %v", name, i, v, want[i])
		}
	}
}

func model(f *gappy.Fit, i int) []float64 {
	n, k := len(f.Mean), len(f.Values)
	x := slices.Clone(f.Mean)
	for a := range k {
		for j := range x {
			x[j] += f.Coeffs[i*k+a] * f.Basis[a*n+j]
		}
	}
	for j := range x {
		x[j] *= f.Norms[i]
	}
	return x
}

func TestIterativeAgreesWithAstroML(t *testing.T) {
	r := load(t, "iterative.json")
	d := gappy.Data{Flux: r.Flux, Dim: r.Dim}
	for _, c := range r.Missing {
		d.Missing = append(d.Missing, c == '1')
	}
	o := gappy.Options{Components: r.Components, Iterations: r.Iterations}
	f, err := gappy.Iterative(t.Context(), d, o)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "mean", f.Mean, r.Mean, 1e-9)
	near(t, "basis", f.Basis, r.Basis, 1e-8)
	near(t, "values", f.Values, r.Values, 1e-9)
	near(t, "norms", f.Norms, r.Norms, 1e-9)
	near(t, "coeffs", f.Coeffs, r.Coeffs, 1e-8)
	var filled []float64
	for i := range d.Len() {
		for j, v := range model(f, i) {
			if d.Missing[i*d.Dim+j] {
				filled = append(filled, v)
			}
		}
	}
	near(t, "filled", filled, r.Filled, 1e-8)
}

func TestEMAgreesWithBailey(t *testing.T) {
	r := load(t, "em.json")
	d := gappy.Data{Flux: r.Flux, Weight: r.Weight, Dim: r.Dim}
	f, err := gappy.EM(t.Context(), d, gappy.Options{Components: r.Components, Iterations: r.Iterations})
	if err != nil {
		t.Fatal(err)
	}
	var got []float64
	for i := 0; i < d.Len(); i += 5 {
		got = append(got, model(f, i)...)
	}
	near(t, "model", got, r.Model, 1e-9)
}

// lowRank returns rows signals of n values that have the given rank about a mean, or about
// zero without one. A share of 0.2 is missing, in pieces.
func lowRank(rows, n, rank int, withMean bool) (d gappy.Data, truth []float32) {
	rnd := rand.New(rand.NewPCG(uint64(rows), uint64(n)))
	d.Dim = n
	for range rows {
		c := make([]float64, rank)
		for a := range c {
			c[a] = rnd.NormFloat64() / float64(a+2)
		}
		for j := range n {
			x := float64(j) / float64(n)
			v := 0.0
			if withMean {
				v = 5 + x
			}
			for a, c := range c {
				v += c * math.Cos(3*x*float64(a+1)+float64(a))
			}
			truth = append(truth, float32(v))
		}
	}
	d.Missing = make([]bool, len(truth))
	for i := 0; i < len(truth); i += 1 + rnd.IntN(40) {
		for j := i; j < min(i+rnd.IntN(9), len(truth)); j++ {
			d.Missing[j] = true
		}
	}
	d.Flux = slices.Clone(truth)
	for i, m := range d.Missing {
		if m {
			d.Flux[i] = float32(math.NaN()) // must not be read
		}
	}
	return d, truth
}

// fits are all ways to fit, with the frozen fit that belongs to each.
var fits = []struct {
	name   string
	o      gappy.Options
	fit    func(context.Context, gappy.Data, gappy.Options) (*gappy.Fit, error)
	frozen func(*gappy.Model, context.Context, gappy.Data, gappy.Options) (*gappy.Fit, error)
}{
	{"iterative", gappy.Options{}, gappy.Iterative, (*gappy.Model).Fit},
	{"em", gappy.Options{}, gappy.EM, (*gappy.Model).FitWeighted},
	{"em centered", gappy.Options{Centered: true}, gappy.EM, (*gappy.Model).FitWeighted},
	{"em robust", gappy.Options{Robust: true}, gappy.EM, (*gappy.Model).FitWeighted},
}

// Signals that mean and components describe exactly are recovered, by the fit and by the
// frozen model of other signals.
func TestExactSignalsAreRecovered(t *testing.T) {
	for _, c := range fits {
		if c.name == "em" {
			continue // fits one component after the other, which is not exact
		}
		t.Run(c.name, func(t *testing.T) {
			o := c.o
			o.Components, o.Iterations, o.Workers = 3, 1000, 2
			if c.name == "iterative" {
				o.Components = 4 // norms bend what is flat
			}
			d, truth := lowRank(120, 60, 3, o.Centered || c.name == "iterative")
			var tol float64
			for _, v := range truth {
				tol = max(tol, 2e-3*math.Abs(float64(v)))
			}
			train := d
			for i := range 100 {
				train.Rows = append(train.Rows, i)
			}
			f, err := c.fit(t.Context(), train, o)
			if err != nil {
				t.Fatal(err)
			}
			other, err := c.frozen(f.Model, t.Context(), d, o)
			if err != nil {
				t.Fatal(err)
			}
			for name, got := range map[string]*gappy.Fit{"fit": f, "frozen": other} {
				part := d
				if name == "fit" {
					part = train
				}
				filled := slices.Clone(d.Flux)
				if err := got.Fill(t.Context(), filled, part, 2); err != nil {
					t.Fatal(err)
				}
				for i, want := range truth[:part.Len()*d.Dim] {
					if v := filled[i]; !(math.Abs(float64(v-want)) <= tol) || !d.Missing[i] && v != want {
						t.Fatalf("%s: value %d of signal %d is %v, expected %v; missing: %v", name, i%d.Dim, i/d.Dim, v, want, d.Missing[i])
					}
				}
			}
		})
	}
}

func TestWorkersChangeNoBit(t *testing.T) {
	d, _ := lowRank(300, 50, 5, true)
	for _, c := range fits {
		t.Run(c.name, func(t *testing.T) {
			o := c.o
			o.Components, o.Iterations = 3, 4
			var want []*gappy.Fit
			for workers := 1; workers <= 5; workers++ {
				o.Workers = workers
				f, err := c.fit(t.Context(), d, o)
				if err != nil {
					t.Fatal(err)
				}
				other, err := c.frozen(f.Model, t.Context(), d, o)
				if err != nil {
					t.Fatal(err)
				}
				if got := []*gappy.Fit{f, other}; want == nil {
					want = got
				} else if !reflect.DeepEqual(got, want) {
					t.Fatalf("%d workers give another result than 1", workers)
				}
			}
		})
	}
}

// The order of signals matters only within rounding.
func TestOrderOfSignals(t *testing.T) {
	d, _ := lowRank(90, 40, 5, true)
	for _, c := range fits {
		t.Run(c.name, func(t *testing.T) {
			o := c.o
			o.Components, o.Iterations = 2, 5
			f, err := c.fit(t.Context(), d, o)
			if err != nil {
				t.Fatal(err)
			}
			turned := d
			turned.Rows = rand.New(rand.NewPCG(1, 1)).Perm(d.Len())
			g, err := c.fit(t.Context(), turned, o)
			if err != nil {
				t.Fatal(err)
			}
			near(t, "basis", g.Basis, f.Basis, 1e-6)
			for i, row := range turned.Rows {
				near(t, "model", model(g, i), model(f, row), 1e-6)
			}
		})
	}
}

func TestCancel(t *testing.T) {
	d, _ := lowRank(50, 40, 5, true)
	for _, c := range fits {
		o := c.o
		o.Components, o.Iterations = 2, 5
		f, err := c.fit(t.Context(), d, o)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := c.fit(ctx, d, o); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: fit: %v", c.name, err)
		}
		if _, err := c.frozen(f.Model, ctx, d, o); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: frozen: %v", c.name, err)
		}
		if err := f.Fill(ctx, d.Flux, d, 1); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: fill: %v", c.name, err)
		}
	}
}
