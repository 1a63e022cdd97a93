package vad

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"sedlab/priors"
	"sedlab/priors/gaussian"
	"sedlab/priors/priortest"
)

func TestContract(t *testing.T) {
	validated := small(nil)
	validated.Training.Validation = priors.Validation{Every: 4, MissingFraction: 0.4, Signals: 9, Patience: 2}
	classes := small([]int{2, 3})
	classes.Classes = []int{2}
	bare := small([]int{2, 3})
	bare.Linear, bare.Training.KLWarmup, bare.Training.Average = false, 5, 0.9
	for name, c := range map[string]*Config{"one": small(nil), "ensemble": small([]int{2, 3}), "validated": validated, "classes": classes, "without a linear part": bare} {
		t.Run(name, func(t *testing.T) { priortest.Run(t, Kind, c) })
	}
}

func small(ensemble []int) *Config {
	return &Config{
		CodeDim: 3, Ensemble: ensemble, Classes: []int{1}, Hidden: []int{16, 16}, Linear: true, Slope: 0.2,
		Training: Training{Epochs: 20, BatchSize: 16, LRGenerator: 0.003, LRCodes: 0.01, Fluxes: "all"},
		Search:   Search{Steps: 100, LR: 0.03, Samples: 64},
	}
}

// curved returns signals of a line whose place and strength vary, with noise, and without. No
// few linear components span them.
func curved(count, dim int, seed uint64) (noisy, clean []float32) {
	rnd := rand.New(rand.NewPCG(seed, 1))
	for range count {
		at, strength := rnd.NormFloat64(), 1+0.3*rnd.NormFloat64()
		for j := range dim {
			x := (float64(j)/float64(dim-1) - 0.5) * 6
			v := 1 + strength*math.Exp(-(x-at)*(x-at))
			clean = append(clean, float32(v))
			noisy = append(noisy, float32(v+noise*rnd.NormFloat64()))
		}
	}
	return noisy, clean
}

const noise = 0.05

// On signals that bend, the deep prior has less error than its linear part, its deviations are
// about right, and it finds the noise; so it does when trained with gaps.
func TestBeatsItsLinearPart(t *testing.T) {
	const dim, count = 48, 400
	flux, _ := curved(count, dim, 1)
	weight := make([]float32, len(flux))
	for i := range weight {
		if weight[i] = 1; i%5 == 0 {
			weight[i] = 0
		}
	}
	gaps := slices.Clone(flux)
	for i, w := range weight {
		if w == 0 {
			gaps[i] = 1e3
		}
	}
	noisy, clean := curved(100, dim, 2)
	var ms []priors.Measurement
	ends := priortest.Selection{Dim: dim} // all but the middle third
	for j := range dim {
		if j < dim/3 || j >= 2*dim/3 {
			ends.At = append(ends.At, j)
		}
	}
	for i := range 100 {
		m := priors.Measurement{Signal: i, Op: ends, Y: make([]float32, len(ends.At))}
		m.Op.Apply(m.Y, noisy[i*dim:(i+1)*dim])
		ms = append(ms, m)
	}
	c := small(nil)
	c.Training.Epochs = 150
	factors := &gaussian.FactorAnalysisConfig{Factors: gaussian.Factors{CodeDim: 3, Iterations: 100, Tolerance: 0.01}}
	linear, _ := score(t, factors, priors.Data{Flux: flux, Dim: dim}, ms, clean)
	for name, data := range map[string]priors.Data{"whole": {Flux: flux, Dim: dim}, "with gaps": {Flux: gaps, Weight: weight, Dim: dim}} {
		data.Seed, data.Workers = 1, 2
		deep, z := score(t, c, data, ms, clean)
		if deep > 0.6*linear {
			t.Errorf("%s: mean squared error %.3g, factor analysis has %.3g", name, deep, linear)
		}
		if z < 0.5 || z > 2 {
			t.Errorf("%s: errors are %.2g deviations", name, z)
		}
	}
}

// score returns the mean squared error of a prior, and the root mean square of errors in standard
// deviations.
func score(t *testing.T, c priors.Config, data priors.Data, ms []priors.Measurement, clean []float32) (mse, z float64) {
	t.Helper()
	p, err := c.Train(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	found, err := p.(priors.Inferrer).Infer(t.Context(), ms, 1)
	if err != nil {
		t.Fatal(err)
	}
	n := float64(len(clean))
	for i, r := range found {
		for j, v := range r.X {
			e := float64(v) - float64(clean[i*data.Dim+j])
			mse, z = mse+e*e/n, z+e*e/float64(r.Sigma[j])/float64(r.Sigma[j])/n
		}
	}
	if _, deep := p.(*Prior); deep {
		if s := float64(found[0].Noise[5]); s < noise/2 || s > 2*noise {
			t.Errorf("noise %g, expected about %g", s, noise)
		}
	}
	return mse, math.Sqrt(z)
}

// Of several generators, the mean is that of theirs, and deviations include their differences.
func TestEnsemble(t *testing.T) {
	a := priors.Inferred{X: []float32{1}, Sigma: []float32{0.3}, Noise: []float32{0.1}, Scale: 1}
	b := priors.Inferred{X: []float32{3}, Sigma: []float32{0.4}, Noise: []float32{0.1}, Scale: 3}
	c := priors.Inferred{X: []float32{5}, Sigma: []float32{0.5}, Noise: []float32{0.1}, Scale: 2}
	got := merge(merge(merge(priors.Inferred{}, a, 1), b, 1./2), c, 1./3)
	if want := math.Sqrt((0.09+0.16+0.25)/3 + 8./3); math.Abs(float64(got.X[0])-3) > 1e-6 || math.Abs(float64(got.Sigma[0])-want) > 1e-6 || math.Abs(got.Scale-2) > 1e-9 {
		t.Errorf("got %g ± %g, scale %g; expected 3 ± %g, scale 2", got.X[0], got.Sigma[0], got.Scale, want)
	}
}

// A prior is opened with the search of the config that opens it: the state holds none.
func TestSearchOfAnOpenedPrior(t *testing.T) {
	c := small(nil)
	p, err := c.Train(t.Context(), priortest.Data())
	if err != nil {
		t.Fatal(err)
	}
	c.Search.Steps = 7
	opened, err := c.Open(p.(priors.Keeper).State())
	if err != nil {
		t.Fatal(err)
	}
	m := []priors.Measurement{{Op: priortest.Selection{At: []int{0, 9}, Dim: p.Dim()}, Y: []float32{1, 2}}}
	var steps []int
	for _, q := range []priors.Prior{p, opened, c.WithSearch(p)} {
		found, err := q.(priors.Inferrer).Infer(t.Context(), m, 1)
		if err != nil {
			t.Fatal(err)
		}
		steps = append(steps, found[0].Iterations)
	}
	if !slices.Equal(steps, []int{100, 7, 7}) {
		t.Errorf("%v steps, expected 100, 7 and 7", steps)
	}
}
