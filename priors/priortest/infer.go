package priortest

import (
	"context"
	"errors"
	"math"
	"reflect"
	"slices"
	"testing"

	"sedlab/internal/yamlpos"
	"sedlab/priors"
)

// Selection is the matrix that selects some of Dim fluxes.
type Selection struct {
	At  []int
	Dim int
}

// Dims returns the numbers of selected fluxes and of all.
func (s Selection) Dims() (m, n int) { return len(s.At), s.Dim }

// Apply selects fluxes.
func (s Selection) Apply(dst, x []float32) {
	for j, i := range s.At {
		dst[j] = x[i]
	}
}

// Adjoint puts fluxes in their places, among zeros.
func (s Selection) Adjoint(dst, y []float32) {
	clear(dst)
	for j, i := range s.At {
		dst[i] = y[j]
	}
}

// RunInferrer checks a prior of config that infers by itself against the contract, but not its
// training, as Run does: it is for priors that are made of others.
func RunInferrer(t *testing.T, config priors.Config, p priors.Inferrer) {
	t.Helper()
	if got, want := reflect.TypeOf(config.Blank()), reflect.TypeOf(p); got != want {
		t.Errorf("Blank() is a %v, the prior a %v", got, want)
	}
	testInference(t, config, p)
}

// testInference checks that results have their form, depend neither on what is inferred beside
// them nor on fluxes that do not count, follow a free scale, and fit complete measurements
// better than zeros do.
func testInference(t *testing.T, config priors.Config, p priors.Inferrer) {
	if blank := config.Blank().(priors.Inferrer); blank.AtRandom() != p.AtRandom() {
		t.Error("the blank prior and the trained one differ in AtRandom")
	}
	data := Data()
	measurement := func(i int, op Selection) priors.Measurement {
		m := priors.Measurement{Signal: i, Op: op, Y: make([]float32, len(op.At))}
		op.Apply(m.Y, data.Flux[i*dim:(i+1)*dim])
		return m
	}
	whole, half := Selection{Dim: dim}, Selection{Dim: dim}
	for j := range dim {
		if whole.At = append(whole.At, j); j%3 > 0 && j < 20 {
			half.At = append(half.At, j)
		}
	}
	var ms []priors.Measurement
	for i := range 6 {
		ms = append(ms, measurement(i, whole), measurement(i, half))
	}
	all := infer(t, p, ms)
	_, evident := p.(priors.Evident)
	for i, r := range all {
		checkInferred(t, r)
		if known := !math.IsNaN(r.Evidence); known != evident {
			t.Errorf("evidence %g of a %T", r.Evidence, p)
		}
		if alone := infer(t, p, ms[i:i+1])[0]; !slices.Equal(alone.X, r.X) || !slices.Equal(alone.Sigma, r.Sigma) || alone.Scale != r.Scale {
			t.Errorf("measurement %d alone has another result than beside others", i)
		}
		var off, power float64
		for j := range dim {
			v := float64(data.Flux[i/2*dim+j])
			off, power = off+(float64(r.X[j])-v)*(float64(r.X[j])-v), power+v*v
		}
		if off > power {
			t.Errorf("measurement %d: the squared error %.3g is above that of zeros, %.3g", i, off, power)
		}
	}
	testPrecisionAndScale(t, p, func(i int) priors.Measurement { return measurement(i, whole) })
	t.Run("cancel inference", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := p.Infer(ctx, ms, 1); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
	})
}

// testSearcher checks that the keys of a Searcher's search are its own, and that with the search of
// the config with which it was trained a prior infers as before, bit for bit.
func testSearcher(t *testing.T, config priors.Config, p priors.Inferrer) {
	s, ok := config.(priors.Searcher)
	if !ok {
		return
	}
	for _, key := range s.SearchKeys() {
		if !yamlpos.Has(yamlpos.Fields(config), key) {
			t.Errorf("SearchKeys has %q, which is no key of the config", key)
		}
	}
	again, ok := s.WithSearch(p).(priors.Inferrer)
	if !ok || reflect.TypeOf(again) != reflect.TypeOf(p) {
		t.Fatalf("WithSearch returns a %T of a %T", again, p)
	}
	m := []priors.Measurement{{Op: Selection{At: []int{2, 5, 9}, Dim: dim}, Y: []float32{1, 2, 1}}}
	if a, b := infer(t, p, m)[0], infer(t, again, m)[0]; !slices.Equal(a.X, b.X) || !slices.Equal(a.Sigma, b.Sigma) {
		t.Error("with the same search, a prior infers something else")
	}
}

// testPrecisionAndScale checks that measurements without precision do not count, and that results
// follow a free scale.
func testPrecisionAndScale(t *testing.T, p priors.Inferrer, complete func(i int) priors.Measurement) {
	t.Run("what does not count", func(t *testing.T) {
		m := complete(0)
		m.Precision = slices.Repeat([]float32{1e4}, dim)
		n := complete(0)
		n.Precision = slices.Clone(m.Precision)
		for j := 20; j < dim; j++ {
			m.Precision[j], n.Precision[j], n.Y[j] = 0, 0, float32(math.NaN())
		}
		if a, b := infer(t, p, []priors.Measurement{m})[0], infer(t, p, []priors.Measurement{n})[0]; !slices.Equal(a.X, b.X) {
			t.Error("a measurement without precision changes the result")
		}
	})
	t.Run("free scale", func(t *testing.T) {
		m, n := complete(0), complete(0)
		m.FreeScale, n.FreeScale = true, true
		n.Y = priors.Scale(n.Y, 1./8)
		a, b := infer(t, p, []priors.Measurement{m})[0], infer(t, p, []priors.Measurement{n})[0]
		if math.Abs(b.Scale/a.Scale-8) > 0.01 {
			t.Errorf("scales %g and %g of a signal and 8 times it", a.Scale, b.Scale)
		}
		for j, v := range a.X {
			if math.Abs(float64(v-b.X[j])) > 0.01*math.Abs(float64(v))+1e-3 {
				t.Fatalf("flux %d is %g, and %g of 8 times the signal", j, v, b.X[j])
			}
		}
	})
}

func infer(t *testing.T, p priors.Inferrer, ms []priors.Measurement) []priors.Inferred {
	t.Helper()
	r, err := p.Infer(t.Context(), ms, 1)
	if err != nil || len(r) != len(ms) {
		t.Fatalf("%d results of %d measurements, error %v", len(r), len(ms), err)
	}
	return r
}

func checkInferred(t *testing.T, r priors.Inferred) {
	t.Helper()
	for name, list := range map[string][]float32{"X": r.X, "Sigma": r.Sigma, "Noise": r.Noise} {
		if len(list) != dim && (list != nil || name == "X") {
			t.Fatalf("%s has %d fluxes of %d", name, len(list), dim)
		}
		for j, v := range list {
			if v-v != 0 || name != "X" && v < 0 {
				t.Fatalf("%s of flux %d is %g", name, j, v)
			}
		}
	}
	if !(r.Scale > 0) || r.Iterations < 1 {
		t.Errorf("scale %g after %d iterations", r.Scale, r.Iterations)
	}
}
