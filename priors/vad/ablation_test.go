package vad

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"sedlab/internal/nn"
	"sedlab/priors"
	"sedlab/priors/gaussian"
)

// begun returns the training of c before its first epoch, with the linear part of its signals.
func begun(t *testing.T, c *Config, data priors.Data) *loop {
	t.Helper()
	factors := &gaussian.FactorAnalysisConfig{Factors: gaussian.Factors{CodeDim: c.CodeDim, Iterations: 100, Tolerance: 0.01}}
	linear, err := factors.Train(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	m, err := c.untrained(data, linear.(*gaussian.Prior).Model)
	if err != nil {
		t.Fatal(err)
	}
	l, err := c.begin(t.Context(), data, m)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.trainer.Close)
	return l
}

// Keys that were added later have defaults that change nothing: recorded before there were any.
func TestDefaultsChangeNothing(t *testing.T) {
	c, data := small([]int{2, 3}), priors.Data{Dim: 32, Seed: 1, Workers: 2}
	data.Flux, _ = curved(100, data.Dim, 1)
	p, err := c.Train(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	found, err := p.(*Prior).Infer(t.Context(), []priors.Measurement{{Op: complete(data.Dim), Y: data.Flux[:data.Dim]}}, 1)
	if err != nil {
		t.Fatal(err)
	}
	for j, want := range []float64{0.99880475, 0.9956989, 0.999668, 0.9962752} {
		if got := float64(found[0].X[j]); math.Abs(got-want) > 1e-6 {
			t.Errorf("flux %d is %.8g; it was %.8g", j, got, want)
		}
	}
}

// G(z) is μ + √Ψ₀·f(z), plus Wz if it has a linear part. Before the training, f is 0.
func TestLinearPart(t *testing.T) {
	data := priors.Data{Dim: 32, Seed: 1, Workers: 1}
	data.Flux, _ = curved(100, data.Dim, 1)
	for _, linear := range []bool{true, false} {
		c := small(nil)
		c.Linear = linear
		l := begun(t, c, data)
		for epoch := range 4 {
			m := l.member()
			n, z := m.net.Out, []float32{0.5, -1, 2}
			x, f := make([]float32, n), make([]float32, n)
			m.frozen.NewTape(1).Generate(x, z)
			m.net.Freeze(1, make([]float32, n)).NewTape(1).Generate(f, z)
			for j := range n {
				want := float64(m.linear.Mean[j]) + math.Sqrt(float64(m.linear.Noise[j]))*float64(f[j])
				for k, v := range z {
					if linear {
						want += float64(v) * float64(m.linear.Basis[k*n+j])
					}
				}
				if math.Abs(float64(x[j])-want) > 1e-5 || (f[j] == 0) != (epoch == 0) {
					t.Fatalf("linear: %t, epoch %d: flux %d is %g with f = %g, expected %g", linear, epoch, j, x[j], f[j], want)
				}
			}
			if _, err := l.epoch(t.Context(), epoch+1, 1); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// An average of equal weights is these, to the bit, and any other weights a step that is s steps
// back by aˢ.
func TestAverage(t *testing.T) {
	net := nn.New(nn.Config{In: 2, Hidden: []int{3}, Out: 4}, rand.New(rand.NewPCG(1, 2)))
	same := &average{decay: 0.999}
	for range 50 {
		same.add(net)
	}
	for i, l := range net.Layers {
		if got := same.net.Layers[i]; !slices.Equal(got.W, l.W) || !slices.Equal(got.Bias, l.Bias) {
			t.Errorf("layer %d: the average of equal weights differs from them", i)
		}
	}
	moving, w := &average{decay: 0.5}, &net.Layers[0].W[1]
	for _, v := range []float32{3, 5, 11} {
		*w = v
		moving.add(net)
	}
	if got, want := float64(moving.net.Layers[0].W[1]), (3*0.25+5*0.5+11)/1.75; math.Abs(got-want) > 1e-6 {
		t.Errorf("average %g, expected %g", got, want)
	}
}

// The generator that is kept has the average of the weights after each step.
func TestKeepsTheAverage(t *testing.T) {
	data := priors.Data{Dim: 32, Seed: 1, Workers: 1}
	data.Flux, _ = curved(50, data.Dim, 1)
	c := small(nil)
	c.Training.BatchSize, c.Training.Average = 50, 0.8 // a step is an epoch
	l := begun(t, c, data)
	sum, total, last := 0.0, 0.0, 0.0
	for epoch := 1; epoch <= 10; epoch++ {
		if _, err := l.epoch(t.Context(), epoch, 1); err != nil {
			t.Fatal(err)
		}
		last = float64(l.trainer.Network().Layers[1].W[7])
		sum, total = 0.8*sum+last, 0.8*total+1
	}
	if got := float64(l.member().net.Layers[1].W[7]); math.Abs(got-sum/total) > 1e-6 || math.Abs(got-last) < 1e-4 {
		t.Errorf("weight %g, expected %g; the last is %g", got, sum/total, last)
	}
}

// The weight of the Kullback-Leibler term rises from 0, to 1 in the epoch after the warm-up.
func TestWarmup(t *testing.T) {
	var got []float32
	for epoch := 1; epoch <= 6; epoch++ {
		got = append(got, (&Training{KLWarmup: 4}).klWeight(epoch))
	}
	if want := []float32{0, 0.25, 0.5, 0.75, 1, 1}; !slices.Equal(got, want) {
		t.Errorf("weights %v, expected %v", got, want)
	}
	if first := new(Training).klWeight(1); first != 1 {
		t.Errorf("without a warm-up the first weight is %g", first)
	}
	c := small(nil)
	c.Training.KLWarmup = c.Training.Epochs + 1
	if errs := c.Check(100, 32); len(errs) != 1 || errs[0].Key != "train.kl_warmup" {
		t.Errorf("a warm-up longer than the training: %v", errs)
	}
}

// With f = 0 and one factor, the bound with a weight β is largest at the mean wᵀΨ⁻¹(x−μ)/(β+λ) and
// the variance β/(β+λ), for λ = wᵀΨ⁻¹w. Codes start from β = 1, and get there.
func TestWeighsDivergence(t *testing.T) {
	const dim, count, beta = 20, 100, 0.25
	rnd, data := rand.New(rand.NewPCG(1, 3)), priors.Data{Dim: dim, Seed: 1, Workers: 1}
	for range count {
		z := rnd.NormFloat64()
		for range dim {
			data.Flux = append(data.Flux, float32(0.3*z+0.6*rnd.NormFloat64()))
		}
	}
	c := small(nil)
	c.CodeDim, c.Training.BatchSize, c.Training.LRGenerator = 1, count, 0
	l := begun(t, c, data)
	lambda := 0.0
	for j, w := range l.linear.Basis {
		lambda += float64(w) * float64(w) / float64(l.linear.Noise[j])
	}
	first := slices.Clone(l.codes.mean)
	all := make([]int, count)
	for i := range all {
		all[i] = i
	}
	l.kl = beta
	for step := range 2000 {
		l.step(all, rnd, 2*(1-float64(step)/2000))
	}
	slope, square, log := 0.0, 0.0, 0.0
	for i, m := range first {
		slope, square = slope+float64(m)*float64(l.codes.mean[i]), square+float64(m)*float64(m)
		log += float64(l.codes.log[i]) / count
	}
	if got, want := slope/square, (1+lambda)/(beta+lambda); math.Abs(got/want-1) > 0.01 {
		t.Errorf("means are %.4g times those of β = 1, expected %.4g times", got, want)
	}
	if got, want := math.Exp(log), math.Sqrt(beta/(beta+lambda)); math.Abs(got/want-1) > 0.02 {
		t.Errorf("deviations %.4g, expected %.4g", got, want)
	}
}
