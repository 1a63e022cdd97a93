package gaussian_test

import (
	"bytes"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"sedlab/internal/gappy"
	"sedlab/internal/safetensors"
	"sedlab/priors"
	"sedlab/priors/gaussian"
	"sedlab/priors/priortest"
)

// mixed is what testdata/mixture.py wrote.
type mixed struct {
	Signals                      []float32
	Seen, Truth, At              []int
	Dim, Factors, Signal         int
	LogLikelihood                float64
	Memberships                  []float64
	Shares, Means, Bases, Noises []float32
	Posterior, Sigma             []float64
	Evidence                     float64
}

func readMixed(t *testing.T) (r mixed, d gappy.Data) {
	t.Helper()
	text, err := os.ReadFile("testdata/mixture.json")
	if err == nil {
		err = json.Unmarshal(text, &r)
	}
	if err != nil {
		t.Fatal(err)
	}
	d = gappy.Data{Flux: r.Signals, Dim: r.Dim}
	for _, seen := range r.Seen {
		d.Missing = append(d.Missing, seen == 0)
	}
	return r, d
}

// On signals of two classes, with gaps, the fit is that of an independent one in NumPy.
func TestMixtureAgreesWithNumPy(t *testing.T) {
	r, d := readMixed(t)
	f, err := gappy.Mixture(t.Context(), d, gappy.MixtureOptions{
		FactorOptions: gappy.FactorOptions{Factors: r.Factors, Iterations: 20_000, Tolerance: 1e-14}, Components: 2,
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := f.LogLikelihood[len(f.LogLikelihood)-1]; math.Abs(got-r.LogLikelihood) > 1e-6 {
		t.Errorf("log likelihood %.9f after %d iterations, NumPy's %.9f", got, len(f.LogLikelihood), r.LogLikelihood)
	}
	swap := 0 // the order of components is arbitrary
	if math.Abs(f.Memberships[0]-r.Memberships[0]) > 0.5 {
		swap = 1
	}
	for i, v := range f.Memberships {
		if want := r.Memberships[i^swap]; math.Abs(v-want) > 1e-6 {
			t.Fatalf("signal %d is in a class with probability %.9f, NumPy's %.9f", i/2, v, want)
		}
	}
	for c, share := range f.Shares {
		if want := r.Shares[c^swap]; math.Abs(share-float64(want)) > 1e-6 {
			t.Errorf("component %d has a share of %g, NumPy's %g", c, share, want)
		}
	}
}

// The posterior is the average of those of conditioning each class's joint normal distribution,
// which NumPy evaluated.
func TestMixturePosterior(t *testing.T) {
	r, _ := readMixed(t)
	x := &gaussian.MixtureModel{Shares: r.Shares}
	n := r.Dim
	for c := range r.Shares {
		x.Parts = append(x.Parts, &gaussian.Model{Mean: r.Means[c*n : (c+1)*n], Noise: r.Noises[c*n : (c+1)*n], Basis: r.Bases[c*r.Factors*n : (c+1)*r.Factors*n]})
	}
	op := priortest.Selection{At: r.At, Dim: n}
	m := priors.Measurement{Op: op, Y: make([]float32, len(r.At))}
	op.Apply(m.Y, r.Signals[r.Signal*n:(r.Signal+1)*n])
	got, err := x.Infer(t.Context(), []priors.Measurement{m}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(got[0].Evidence-r.Evidence) > 1e-5*math.Abs(r.Evidence) {
		t.Errorf("log evidence %g, NumPy's %g", got[0].Evidence, r.Evidence)
	}
	for i := range n {
		if math.Abs(float64(got[0].X[i])-r.Posterior[i]) > 1e-5 || math.Abs(float64(got[0].Sigma[i])-r.Sigma[i]) > 1e-5 {
			t.Errorf("flux %d: %g ± %g, expected %g ± %g", i, got[0].X[i], got[0].Sigma[i], r.Posterior[i], r.Sigma[i])
		}
	}
}

// A mixture of one is factor analysis, in the fit and in what it infers.
func TestMixtureOfOne(t *testing.T) {
	r, flux := read(t)
	weight := slices.Repeat([]float32{1}, len(flux))
	for i := range weight {
		if i%7 == 0 {
			weight[i] = float32(i % 3)
		}
	}
	data := priors.Data{Flux: flux, Weight: weight, Dim: r.Dim, Workers: 2}
	one, err := (&gaussian.MixtureConfig{Components: 1, Factors: factors}).Train(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	other := fit(t, flux, r.Dim, weight)
	part := one.(*gaussian.MixturePrior).Parts[0]
	if !slices.Equal(part.Mean, other.Mean) || !slices.Equal(part.Basis, other.Basis) || !slices.Equal(part.Noise, other.Noise) {
		t.Error("the model of a mixture of one is not that of factor analysis")
	}
	op := priortest.Selection{At: []int{0, 1, 2, 3, 4, 5, 6, 7}, Dim: r.Dim}
	for _, free := range []bool{false, true} {
		m := priors.Measurement{Op: op, Y: make([]float32, len(op.At)), FreeScale: free}
		op.Apply(m.Y, flux[:r.Dim])
		a, err := one.(priors.Inferrer).Infer(t.Context(), []priors.Measurement{m}, 0)
		if err != nil {
			t.Fatal(err)
		}
		b, err := other.Infer(t.Context(), []priors.Measurement{m}, 0)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(a[0].X, b[0].X) || !slices.Equal(a[0].Sigma, b[0].Sigma) || a[0].Scale != b[0].Scale || a[0].Evidence != b[0].Evidence {
			t.Errorf("free scale %v: a mixture of one infers %+v, factor analysis %+v", free, a[0], b[0])
		}
	}
}

// classes returns signals of two classes, each with two factors of its own, and which is whose.
func classes(signals int) (flux []float32, truth []int) {
	const n = 24
	rnd := rand.New(rand.NewPCG(3, 5))
	for i := range signals {
		class, a, b := i*7%10/7, rnd.NormFloat64(), rnd.NormFloat64() // 30 % are of class 1
		truth = append(truth, class)
		for j := range n {
			x := float64(j)
			v := 2 + a*math.Sin(x/3) + 0.5*b*math.Cos(x/5)
			if class == 1 {
				v = 2.5 + 0.1*x + 0.8*a*math.Cos(x/2) + 0.6*b*math.Sin(x)
			}
			flux = append(flux, float32(v+0.2*rnd.NormFloat64()))
		}
	}
	return flux, truth
}

// Two classes are found, and hidden fluxes have less error than by factor analysis with as many
// factors, and bands about as wide as their errors. No number of workers changes a bit.
func TestMixtureFindsClasses(t *testing.T) {
	flux, truth := classes(600)
	data := priors.Data{Flux: flux[:400*24], Dim: 24, Seed: 1}
	c := &gaussian.MixtureConfig{Components: 2, Factors: gaussian.Factors{CodeDim: 2, Weights: weights, Iterations: 100, Tolerance: 1e-4}}
	var x *gaussian.MixturePrior
	var file []byte
	for _, data.Workers = range []int{1, 3} {
		p, err := c.Train(t.Context(), data)
		if err != nil {
			t.Fatal(err)
		}
		x = p.(*gaussian.MixturePrior)
		var b bytes.Buffer
		if err := safetensors.Write(&b, x.State()); err != nil {
			t.Fatal(err)
		}
		if file != nil && !bytes.Equal(b.Bytes(), file) {
			t.Error("the mixture depends on the number of workers")
		}
		file = b.Bytes()
	}
	if share := slices.Min(x.Shares); len(x.Shares) != 2 || math.Abs(float64(share)-0.3) > 0.02 {
		t.Errorf("shares %g, expected 0.3 and 0.7", x.Shares)
	}
	op := priortest.Selection{At: []int{0, 1, 2, 3, 10, 11, 12, 13}, Dim: 24}
	other, err := (&gaussian.FactorAnalysisConfig{Factors: c.Factors}).Train(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	var errs [2]float64
	z := 0.0
	for i := 400; i < len(truth); i++ {
		m := priors.Measurement{Signal: i, Op: op, Y: make([]float32, len(op.At))}
		signal := flux[i*24 : (i+1)*24]
		op.Apply(m.Y, signal)
		for k, p := range []priors.Inferrer{x, other.(priors.Inferrer)} {
			r, err := p.Infer(t.Context(), []priors.Measurement{m}, 0)
			if err != nil {
				t.Fatal(err)
			}
			for j, v := range r[0].X {
				off := float64(v - signal[j])
				errs[k] += off * off
				if k == 0 {
					z += off * off / (float64(r[0].Sigma[j])*float64(r[0].Sigma[j]) + float64(r[0].Noise[j])*float64(r[0].Noise[j])) / 200 / 24
				}
			}
		}
	}
	if !(errs[0] < 0.7*errs[1]) || math.Abs(z-1) > 0.2 {
		t.Errorf("squared error %.3g, of factor analysis %.3g; %.3g in units of the variance", errs[0], errs[1], z)
	}
}

// The likelihood does not fall, whatever the gaps and weights, and a mixture with far too many
// components has fewer in the end, with numbers that are finite.
func TestMixtureIsStable(t *testing.T) {
	flux, _ := classes(60)
	for i := 40 * 24; i < len(flux); i++ {
		flux[i] = flux[i%24] // 20 signals are the same
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	weight := make([]float32, len(flux))
	for i := range weight {
		if weight[i] = float32(0.5 + rnd.Float64()); rnd.Float64() < 0.3 {
			weight[i], flux[i] = 0, float32(math.NaN())
		}
	}
	f, err := gappy.Mixture(t.Context(), gappy.Data{Flux: flux, Weight: weight, Dim: 24}, gappy.MixtureOptions{
		FactorOptions: gappy.FactorOptions{Factors: 2, Iterations: 200, Tolerance: 1e-9}, Components: 15,
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Parts) == 15 || len(f.Parts) != len(f.Shares) || len(f.Memberships) != 60*len(f.Parts) {
		t.Errorf("%d components of 15, %d shares", len(f.Parts), len(f.Shares))
	}
	for c, part := range f.Parts {
		for _, v := range slices.Concat(part.Mean, part.Loadings, part.Noise, f.Shares) {
			if v-v != 0 {
				t.Fatalf("component %d has the number %g", c, v)
			}
		}
	}
	two, err := gappy.Mixture(t.Context(), gappy.Data{Flux: flux, Weight: weight, Dim: 24}, gappy.MixtureOptions{
		FactorOptions: gappy.FactorOptions{Factors: 2, Iterations: 200, Tolerance: 1e-9}, Components: 2,
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(two.Parts) != 2 || len(two.LogLikelihood) < 10 {
		t.Fatalf("%d components after %d iterations", len(two.Parts), len(two.LogLikelihood))
	}
	for i := 2; i < len(two.LogLikelihood); i++ {
		if two.LogLikelihood[i] < two.LogLikelihood[i-1]-1e-9 {
			t.Errorf("the likelihood falls in iteration %d from %.12g to %.12g", i, two.LogLikelihood[i-1], two.LogLikelihood[i])
		}
	}
}

// The number of factors is chosen that the signals have, and the file says so.
func TestChoice(t *testing.T) {
	flux, _ := classes(600)
	var one []float32 // the signals of class 0, with two factors
	for i := range 600 {
		if i*7%10/7 == 0 {
			one = append(one, flux[i*24:(i+1)*24]...)
		}
	}
	data := priors.Data{Flux: one[:200*24], Validation: one[200*24 : 300*24], Dim: 24, Workers: 2}
	data.ValidationWeight = slices.Repeat([]float32{1}, len(data.Validation))
	data.Validation = slices.Clone(data.Validation)
	for i := range data.Validation {
		if i%5 == 0 {
			data.Validation[i], data.ValidationWeight[i] = 1e9, 0
		}
	}
	f := gaussian.Factors{CodeDims: []int{1, 2, 12}, Weights: weights, Iterations: 50, Tolerance: 0.001}
	for name, c := range map[string]priors.Opener{
		"ppca": &gaussian.PPCAConfig{Factors: f}, "factor_analysis": &gaussian.FactorAnalysisConfig{Factors: f}, "mixture": &gaussian.MixtureConfig{Components: 1, Factors: f},
	} {
		p, err := c.Train(t.Context(), data)
		if err != nil {
			t.Fatal(err)
		}
		chosen := p.(priors.Chooser).Chosen()
		if !strings.HasPrefix(chosen, "code_dim 2;") {
			t.Errorf("%s: %s; expected code_dim 2", name, chosen)
		}
		again, err := c.Open(p.(priors.Keeper).State())
		if err != nil || again.(priors.Chooser).Chosen() != chosen {
			t.Errorf("%s: opened again: %q, %v", name, again.(priors.Chooser).Chosen(), err)
		}
		data := data
		data.Validation = nil
		if _, err := c.Train(t.Context(), data); err == nil || c.(priors.Validator).Validates() != "code_dims" {
			t.Errorf("%s: chooses without validation signals", name)
		}
	}
}
