package gaussian_test

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"sedlab/internal/gappy"
	"sedlab/priors"
	"sedlab/priors/gaussian"
	"sedlab/priors/priortest"
)

// recorded is what testdata/record.py wrote.
type recorded struct {
	Signals              []float64
	Dim, Factors         int
	FactorAnalysis, PPCA float64 // mean log likelihood of a signal
	Covariance           []float64
	Mean, Basis, Noise   []float64
	Seen                 []int
	Posterior, Sigma     []float64
	Evidence             float64
}

func read(t *testing.T) (r recorded, flux []float32) {
	t.Helper()
	text, err := os.ReadFile("testdata/sklearn.json")
	if err == nil {
		err = json.Unmarshal(text, &r)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range r.Signals {
		flux = append(flux, float32(v))
	}
	return r, flux
}

// On complete data, both models reach the likelihood of scikit-learn's, and the covariance.
func TestLikelihoodsAgreeWithScikitLearn(t *testing.T) {
	r, flux := read(t)
	for name, want := range map[string]float64{"factor analysis": r.FactorAnalysis, "ppca": r.PPCA} {
		f, err := gappy.Factors(t.Context(), gappy.Data{Flux: flux, Dim: r.Dim}, gappy.FactorOptions{
			Factors: r.Factors, Iterations: 100_000, Tolerance: 1e-13, Isotropic: name == "ppca",
		})
		if err != nil {
			t.Fatal(err)
		}
		got := f.LogLikelihood[len(f.LogLikelihood)-1]
		if math.Abs(got-want) > 1e-6*math.Abs(want) {
			t.Errorf("%s: log likelihood %.9f, scikit-learn's %.9f", name, got, want)
		}
		for i := 1; i < len(f.LogLikelihood); i++ {
			if f.LogLikelihood[i] < f.LogLikelihood[i-1]-1e-9 {
				t.Fatalf("%s: the likelihood falls in iteration %d", name, i)
			}
		}
		if name == "ppca" {
			continue
		}
		for i := range r.Dim {
			for j := range r.Dim {
				c := 0.0
				for k := range r.Factors {
					c += f.Loadings[k*r.Dim+i] * f.Loadings[k*r.Dim+j]
				}
				if i == j {
					c += f.Noise[i]
				}
				if want := r.Covariance[i*r.Dim+j]; math.Abs(c-want) > 1e-3*r.Covariance[0] {
					t.Errorf("covariance of %d and %d is %g, scikit-learn's %g", i, j, c, want)
				}
			}
		}
	}
}

// The posterior is that of conditioning a joint normal distribution, which SciPy evaluated.
func TestPosteriorIsConditional(t *testing.T) {
	r, flux := read(t)
	narrow := func(values []float64) (out []float32) {
		for _, v := range values {
			out = append(out, float32(v))
		}
		return out
	}
	g := &gaussian.Model{Mean: narrow(r.Mean), Basis: narrow(r.Basis), Noise: narrow(r.Noise)}
	op := priortest.Selection{At: r.Seen, Dim: r.Dim}
	m := priors.Measurement{Op: op, Y: make([]float32, len(r.Seen))}
	op.Apply(m.Y, flux[:r.Dim])
	got, err := g.Infer(t.Context(), []priors.Measurement{m}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if p := g.Posterior(m); p.Extra != 0 {
		t.Fatalf("extra noise of variance %g in a signal of the model", p.Extra)
	}
	if math.Abs(got[0].Evidence-r.Evidence) > 1e-5*math.Abs(r.Evidence) {
		t.Errorf("log evidence %g, SciPy's %g", got[0].Evidence, r.Evidence)
	}
	for i := range r.Dim {
		if math.Abs(float64(got[0].X[i])-r.Posterior[i]) > 1e-5 || math.Abs(float64(got[0].Sigma[i])-r.Sigma[i]) > 1e-5 {
			t.Errorf("flux %d: %g ± %g, expected %g ± %g", i, got[0].X[i], got[0].Sigma[i], r.Posterior[i], r.Sigma[i])
		}
	}
}

// Noise of a strength that nobody tells is recognised.
func TestExtraNoise(t *testing.T) {
	r, flux := read(t)
	g := fit(t, flux, r.Dim, nil)
	op := priortest.Selection{At: []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, Dim: r.Dim}
	m := priors.Measurement{Op: op, Y: make([]float32, r.Dim)}
	op.Apply(m.Y, flux[:r.Dim])
	for j := range m.Y {
		m.Y[j] += float32(5 * (j%2*2 - 1))
	}
	if p := g.Posterior(m); p.Extra < 8 || p.Extra > 80 {
		t.Errorf("noise of variance 25 counts as %g", p.Extra)
	}
}

// What has no weight does not count, whatever it is, and a fit without it is close to one with.
func TestWeights(t *testing.T) {
	r, flux := read(t)
	weight, junk := make([]float32, len(flux)), append([]float32(nil), flux...)
	for i := range weight {
		if weight[i] = 1; i%7 == 0 {
			weight[i], junk[i] = 0, 1e6
		}
	}
	a, b := fit(t, flux, r.Dim, weight), fit(t, junk, r.Dim, weight)
	whole := fit(t, flux, r.Dim, nil)
	for i, v := range a.Mean {
		if v != b.Mean[i] || a.Noise[i] != b.Noise[i] {
			t.Fatalf("flux %d: fluxes without weight count", i)
		}
		if math.Abs(float64(v-whole.Mean[i])) > 0.3 || math.Abs(math.Log(float64(a.Noise[i]/whole.Noise[i]))) > 1 {
			t.Errorf("flux %d: mean %g and noise %g with gaps, %g and %g without", i, v, a.Noise[i], whole.Mean[i], whole.Noise[i])
		}
	}
}

func fit(t *testing.T, flux []float32, dim int, weight []float32) *gaussian.Prior {
	t.Helper()
	c := &gaussian.FactorAnalysisConfig{Factors: factors}
	p, err := c.Train(t.Context(), priors.Data{Flux: flux, Weight: weight, Dim: dim})
	if err != nil {
		t.Fatal(err)
	}
	return p.(*gaussian.Prior)
}

// A free scale is found: that of a signal times any factor follows the factor, and is close to the
// true one where half of the signal is measured.
func TestFreeScaleOfHalf(t *testing.T) {
	r, flux := read(t)
	g := fit(t, flux, r.Dim, nil)
	op := priortest.Selection{At: []int{0, 1, 2, 3, 4, 5, 6, 7}, Dim: r.Dim}
	off := 0.0
	for i := range 20 {
		m := priors.Measurement{Op: op, Y: make([]float32, 8), FreeScale: true}
		op.Apply(m.Y, flux[i*r.Dim:(i+1)*r.Dim])
		for j := range m.Y {
			m.Y[j] *= 1e-5
		}
		p := g.Posterior(m)
		off += math.Abs(math.Log(p.Scale/1e-5)) / 20
	}
	if off > 0.25 {
		t.Errorf("scales are off by a factor of %.3g on average", math.Exp(off))
	}
}
