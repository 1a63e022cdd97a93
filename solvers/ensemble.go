package solvers

import (
	"context"
	"math"

	"sedlab/priors"
)

// Inferrer returns a prior that infers as c solves with p: p itself if it infers by itself.
func Inferrer(c Config, p priors.Prior) priors.Inferrer {
	if own, ok := p.(priors.Inferrer); ok {
		return own
	}
	return solved{p, c}
}

// solved is a prior with a method.
type solved struct {
	priors.Prior
	method Config
}

// AtRandom says that a method may read its seed.
func (solved) AtRandom() bool { return true }

// Infer solves. Scales are 1 unless they are free.
func (s solved) Infer(ctx context.Context, ms []priors.Measurement, seed uint64) ([]priors.Inferred, error) {
	problems := make([]Measurement, len(ms))
	for i, m := range ms {
		problems[i] = Measurement{Signal: m.Signal, Op: m.Op, Y: m.Y, Precision: m.Precision, FreeScale: m.FreeScale}
	}
	estimates, err := solve(ctx, s.method, s.Prior, problems, seed)
	if err != nil {
		return nil, err
	}
	found := make([]priors.Inferred, len(estimates))
	for i, e := range estimates {
		found[i] = priors.Inferred{X: e.X, Sigma: e.Sigma, Noise: e.Noise, Code: e.Code, Scale: e.Scale, Evidence: math.NaN(), Iterations: e.Iterations, Converged: e.Converged}
		if !ms[i].FreeScale {
			found[i].Scale = 1
		}
	}
	return found, nil
}

// Known is a measurement of a signal that is known.
type Known struct {
	Measurement
	Flux   []float32 // n, the signal; with a free scale, s times the signal
	Counts []bool    // n, the fluxes in which errors count
}

// Fit fits a prior to a problem by measurements of known signals, on the calling goroutine. The
// prior is in its own unit, the signals in that of the data. Measurements that cannot be solved
// are left out.
func Fit(ctx context.Context, f priors.Fitter, unit float64, known []Known, seed uint64) (priors.Inferrer, error) {
	var list []priors.Known
	for _, k := range known {
		if check(k.Measurement) != OK {
			continue
		}
		list = append(list, priors.Known{Measurement: inUnit(k.Measurement, unit).problem(), Flux: priors.Scale(k.Flux, unit), Counts: k.Counts})
	}
	return f.Fit(ctx, list, seed)
}
