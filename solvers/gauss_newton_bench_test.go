package solvers_test

import (
	"context"
	"flag"
	"math"
	"slices"
	"testing"
	"time"

	"sedlab/datasets"
	"sedlab/operators"
	"sedlab/operators/operatortest"
	"sedlab/priors"
	"sedlab/priors/glo"
	"sedlab/solvers"
	"sedlab/solvers/solvertest"
)

var spectra = flag.String("spectra", "", "an archive .npz to train and measure on, instead of a few synthetic spectra")

// BenchmarkGaussNewton compares Gauss-Newton with 1000 steps of Adam, on test spectra with
// 40 % missing and the glo of experiments/repair.yaml. The metrics: time/adam is the share of
// Adam's time, the shortest of each; %≤adam are the signals whose objective is no higher than
// Adam's, with a learning rate of 0.01 and with 0.03 under a cosine; log-ratio is the mean
// logarithm of the objective over that of the better of the two.
//
//	go test ./solvers -run '^$' -bench GaussNewton -benchtime 5x -spectra FILE
func BenchmarkGaussNewton(b *testing.B) {
	p, ms := repair(b)
	for _, k := range []solvers.Kind{solvers.Projection, solvers.Regularization} {
		constant, slow := objectives(b, p, ms, solvertest.Config(b, k, "{steps: 1000, lr: 0.01}"))
		cosine, took := objectives(b, p, ms, solvertest.Config(b, k, "{steps: 1000, lr: 0.03, schedule: cosine}"))
		for _, keys := range []string{"tol: 1e-4", "tol: 3e-5", "init: mean", "init: nearest", "hops: 1", "hops: 5", "restarts: 4", "restarts: 4, hops: 3", "restarts: 10"} {
			b.Run(k.Name+"/"+keys, func(b *testing.B) {
				var got []float64
				least := math.Inf(1)
				for b.Loop() {
					f, took := objectives(b, p, ms, solvertest.Config(b, solvers.GaussNewton, "{constraint: "+k.Name+", "+keys+"}"))
					got, least = f, min(least, took.Seconds())
				}
				ratio := 0.0
				for i, f := range got {
					ratio += math.Log(f/math.Min(constant[i], cosine[i])) / float64(len(got))
				}
				b.ReportMetric(least/min(slow, took).Seconds(), "time/adam")
				b.ReportMetric(noHigher(got, constant), "%≤adam(0.01)")
				b.ReportMetric(noHigher(got, cosine), "%≤adam(cosine)")
				b.ReportMetric(ratio, "log-ratio")
			})
		}
	}
}

// repair trains the prior, and measures test spectra.
func repair(b *testing.B) (priors.Prior, []solvers.Measurement) {
	var source datasets.Config = &datasets.SyntheticConfig{Signals: 800}
	if *spectra != "" {
		source = &datasets.NPZConfig{Path: *spectra}
	}
	set, err := source.Load(b.Context(), 0)
	if err != nil {
		b.Fatal(err)
	}
	if err := set.Normalize("rms"); err != nil {
		b.Fatal(err)
	}
	n := set.Dim()
	sides := set.Split(0, datasets.Fractions{Train: 0.8, Validation: 0.1, Test: 0.1})
	data := priors.Data{Dim: n, Workers: 2}
	for _, i := range sides.Train {
		data.Flux = append(data.Flux, set.Flux[i*n:(i+1)*n]...)
	}
	p, err := (&glo.Config{
		CodeDim: 20, Hidden: []int{64, 128, 256, 512}, Activation: glo.Activation{LeakyReLU: 0.2}, BatchNorm: true, Statistics: "running", Sphere: true,
		Training: glo.Training{Epochs: 300, BatchSize: 64, LRGenerator: 0.003, LRCodes: 0.01, WeightDecay: 1e-5, Fluxes: priors.AllFluxes, Schedule: "cosine"},
	}).Train(b.Context(), data)
	if err != nil {
		b.Fatal(err)
	}
	hide, err := operatortest.Config(b, operators.Inpainting, "{missing_fraction: 0.4}").Family(b.Context(), set.Wavelength, 0)
	if err != nil {
		b.Fatal(err)
	}
	var ms []solvers.Measurement
	for _, i := range sides.Test[:min(192, len(sides.Test))] {
		m := solvers.Measurement{Signal: i, Op: hide(i)}
		rows, _ := m.Op.Dims()
		m.Y = make([]float32, rows)
		m.Op.Apply(m.Y, set.Flux[i*n:(i+1)*n])
		ms = append(ms, m)
	}
	return p, ms
}

// objectives solves tile by tile, as runs do, and returns the objective of each estimate.
func objectives(b *testing.B, p priors.Prior, ms []solvers.Measurement, c solvers.Config) (f []float64, took time.Duration) {
	start := time.Now()
	for tile := range slices.Chunk(ms, c.Tile()) {
		es, err := solvers.Solve(context.Background(), c, inUnit(p), tile, seed)
		if err != nil {
			b.Fatal(err)
		}
		for _, e := range es {
			f = append(f, objectiveOf(e, c))
		}
	}
	return f, time.Since(start)
}

// objectiveOf returns what a method has minimised.
func objectiveOf(e solvers.Estimate, c solvers.Config) float64 {
	lambda, _ := c.(solvers.Penalizer).Penalty()
	return e.Loss + lambda*squares(e.Code)
}

func squares(z []float32) (sum float64) {
	for _, v := range z {
		sum += float64(v) * float64(v)
	}
	return sum
}

// noHigher returns the share of signals [%] whose objective is no higher than another's.
func noHigher(f, than []float64) float64 {
	count := 0
	for i := range f {
		if f[i] <= than[i] {
			count++
		}
	}
	return 100 * float64(count) / float64(len(f))
}
