package vad

import (
	"context"
	"math"

	"sedlab/internal/team"
	"sedlab/priors"
	"sedlab/priors/gaussian"
)

// quick is the search of validations. It goes on from the codes of the last one, so that it needs
// few steps.
var quick = Search{Steps: 15, LR: 0.03, Samples: 8}

// quickTile is the number of signals that are inferred together, so that all workers have some.
const quickTile = 16

// validation is what the training of a generator knows of its validations.
type validation struct {
	priors.Validation
	held    *priors.Held
	ms      []priors.Measurement
	starts  []start // the codes so far
	losses  []float64
	best    *member // of all validations; nil before the first, or if the training cannot stop early
	stopped bool
	workers int
}

// newValidation returns the state before the first epoch, given the linear part of the generator.
func (c *Config) newValidation(data priors.Data, linear *gaussian.Model) (v *validation, err error) {
	v = &validation{Validation: c.Training.Validation, workers: data.Workers}
	if v.Every == 0 {
		return v, nil
	}
	if v.held, err = v.Hold(data); err != nil {
		return nil, err
	}
	n := data.Dim
	for k, row := range v.held.Row {
		m := priors.Measurement{Signal: row, Op: complete(n), Y: v.held.Flux[k*n : (k+1)*n], Precision: make([]float32, n)}
		for j, seen := range v.held.Seen[k*n : (k+1)*n] {
			if seen {
				m.Precision[j] = float32(math.Inf(1)) // its noise is that of all signals
			}
		}
		v.ms = append(v.ms, m)
	}
	v.starts = make([]start, len(v.ms))
	v.each(func(lo, hi int) {
		for i := lo; i < hi; i++ {
			v.starts[i] = newStart(linear.Posterior(v.ms[i]))
		}
	})
	return v, nil
}

// each does all signals in tiles, on several goroutines.
func (v *validation) each(do func(lo, hi int)) {
	crew := team.New(v.workers)
	defer crew.Close()
	crew.Run(team.Work{N: len(v.ms), Grain: quickTile, Do: do})
}

// after measures the generator of a training after an epoch if it is time to, keeps it if none was
// better and the training may stop early, and notes whether that stops.
func (v *validation) after(ctx context.Context, t *loop, epoch int) error {
	if !v.Due(epoch) {
		return nil
	}
	m := t.member()
	x := make([]float32, len(v.held.Flux))
	v.each(func(lo, hi int) {
		s := m.newInference(v.ms[lo:hi], v.starts[lo:hi], t.data.Seed, quick)
		for step := 1; step <= quick.Steps && ctx.Err() == nil; step++ {
			s.step(step)
		}
		for i, r := range s.results() {
			copy(x[(lo+i)*len(r.X):], r.X)
			d := len(r.Code)
			v.starts[lo+i].mean, v.starts[lo+i].log = r.Code, s.codes.log[i*d:(i+1)*d]
		}
	})
	v.losses = append(v.losses, v.held.Loss(x))
	best, stop := v.Best(v.losses)
	if v.Patience > 0 && best == len(v.losses)-1 {
		v.best = m
	}
	v.stopped = stop && epoch < t.c.Training.Epochs
	return ctx.Err()
}

// last returns the loss of the validation after the epoch that has just ended, or nil.
func (v *validation) last(epoch int) *float64 {
	if !v.Due(epoch) {
		return nil
	}
	loss := v.losses[len(v.losses)-1]
	return &loss
}

// Validates returns the key of validations if there are any, or that of several numbers of classes.
func (c *Config) Validates() (key string) {
	if len(c.Classes) > 1 {
		return "classes"
	}
	if c.Training.Validation.Every == 0 {
		return ""
	}
	return "train.validation.every"
}
