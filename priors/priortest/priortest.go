// Package priortest is the contract that every kind of prior must meet:
//
//	func TestContract(t *testing.T) {
//		priortest.Run(t, Kind, &Config{…})
//	}
//
// Priors in other modules can run it too.
package priortest

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"sedlab/internal/kind/kindtest"
	"sedlab/priors"
)

const (
	signals = 37 // of the training data: not a multiple of any batch
	dim     = 29

	validation = 12 // signals
)

// Run trains priors with config, a config of kind, on small data, and checks them against
// the contract of package priors. config must pass its own Check for 37 signals of 29
// fluxes and should train in well under a second.
func Run(t *testing.T, kind priors.Kind, config priors.Config) {
	t.Helper()
	kindtest.Check(t, kind, config)
	if errs := config.Check(signals, dim); len(errs) > 0 {
		t.Fatalf("the test's own config is refused: %v", errs)
	}
	prior := train(t, config, Data())
	if got := prior.Dim(); got != dim {
		t.Errorf("Dim() = %d, trained on signals of %d fluxes", got, dim)
	}
	t.Run("training", func(t *testing.T) { testTraining(t, config, prior) })
	t.Run("seed", func(t *testing.T) { testSeedless(t, config, prior) })
	t.Run("cancel", func(t *testing.T) { testCancel(t, config) })
	t.Run("checkpoint", func(t *testing.T) { testCheckpoint(t, config, prior) })
	t.Run("state", func(t *testing.T) { testState(t, kind, prior) })
	generator, isGenerator := prior.(priors.Generator)
	affine, isAffine := prior.(priors.Affine)
	if isGenerator {
		t.Run("generator", func(t *testing.T) { testGenerator(t, generator) })
	}
	if isAffine {
		t.Run("affine", func(t *testing.T) { testAffine(t, affine) })
	}
	inferrer, isInferrer := prior.(priors.Inferrer)
	if isInferrer {
		t.Run("inference", func(t *testing.T) { testInference(t, config, inferrer) })
		t.Run("search", func(t *testing.T) { testSearcher(t, config, inferrer) })
	}
	if !isGenerator && !isAffine && !isInferrer {
		t.Errorf("a %T is neither a Generator nor Affine, and infers nothing by itself: no solver can use it", prior)
	}
	if got, want := reflect.TypeOf(config.Blank()), reflect.TypeOf(prior); got != want {
		t.Errorf("Blank() is a %v, Train returns a %v", got, want)
	}
}

// Data returns training signals of three smooth components, a mean and noise, and a third as many
// validation signals.
func Data() priors.Data {
	rnd := rand.New(rand.NewPCG(7, 11))
	flux := make([]float32, 0, (signals+validation)*dim)
	for range signals + validation {
		a, b, c := rnd.NormFloat64(), rnd.NormFloat64(), rnd.NormFloat64()
		for k := range dim {
			x := float64(k) / dim
			v := 1 + 0.5*a*x + 0.3*b*math.Sin(6*x) + 0.2*c*math.Cos(9*x) + 0.01*rnd.NormFloat64()
			flux = append(flux, float32(v))
		}
	}
	return priors.Data{Flux: flux[:signals*dim], Validation: flux[signals*dim:], Dim: dim, Seed: 5, Workers: 1}
}

func train(t *testing.T, config priors.Config, data priors.Data) priors.Prior {
	t.Helper()
	prior, err := config.Train(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	return prior
}

// testTraining checks that the same data give the same bits on any number of workers, that
// training does not change them, and that it reports every epoch in order.
func testTraining(t *testing.T, config priors.Config, first priors.Prior) {
	for _, workers := range []int{0, 1, 2, 4} {
		data := Data()
		data.Workers = workers
		var epochs []priors.Epoch
		data.Progress = func(e priors.Epoch) { epochs = append(epochs, e) }
		if got := train(t, config, data); !slices.Equal(bits(got), bits(first)) {
			t.Errorf("%d workers: the trained prior differs", workers)
		}
		if !slices.Equal(data.Flux, Data().Flux) {
			t.Fatal("training changed its data")
		}
		for i, e := range epochs {
			if e.Epoch != i+1 || e.Epochs != epochs[0].Epochs || e.Last() != (i+1 == len(epochs)) || !(e.Loss >= 0) {
				t.Errorf("epoch %d of %d reported as %+v", i+1, len(epochs), e)
			}
		}
	}
}

// testSeedless checks that the training of a Seedless config does not depend on the seed.
func testSeedless(t *testing.T, config priors.Config, first priors.Prior) {
	if _, seedless := config.(priors.Seedless); !seedless {
		return
	}
	data := Data()
	data.Seed++
	if !slices.Equal(bits(train(t, config, data)), bits(first)) {
		t.Error("the config is Seedless, but another seed gives another prior")
	}
}

// bits returns everything that a solver sees of a prior.
func bits(p priors.Prior) []float32 {
	var seen []float32
	if a, ok := p.(priors.Affine); ok {
		seen = append(append(seen, a.Mean()...), a.Basis()...)
	}
	if g, ok := p.(priors.Generator); ok {
		const batch = 3
		x := make([]float32, batch*g.Dim())
		g.NewTape(batch).Generate(x, normal(batch*g.CodeDim(), 1))
		seen = append(seen, x...)
	}
	return seen
}

func testCancel(t *testing.T, config priors.Config) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	start := time.Now()
	prior, err := config.Train(ctx, Data())
	if !errors.Is(err, context.Canceled) || prior != nil {
		t.Errorf("training under a cancelled context returned %v, %v", prior, err)
	}
	t.Logf("cancelled training returned after %v", time.Since(start))
}

func normal(n int, seed uint64) []float32 {
	rnd := rand.New(rand.NewPCG(seed, 13))
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(rnd.NormFloat64())
	}
	return x
}
