package glo

import (
	"context"
	"math"
	"slices"

	"sedlab/internal/f32"
	"sedlab/internal/nn"
	"sedlab/internal/team"
	"sedlab/priors"
)

// In a validation, the search for the code of a signal begins at that of some training codes
// whose signal fits best, so that a few steps of Adam are enough.
const (
	mostStarts  = 64
	searchSteps = 15
	searchLR    = 0.03 // falls to 0 as a cosine
	tile        = 16   // signals that are searched together
)

// validate measures the generator if it is time to, and keeps it if none was better and the
// training may stop early.
func (t *loop) validate(ctx context.Context, c *Config, epoch int) error {
	v := c.Training.Validation
	if !v.Due(epoch) {
		return nil
	}
	p := t.prior(c, t.trainer.Network().Clone(), slices.Clone(t.codes.z))
	x, err := p.fill(ctx, t.held, c.Sphere, t.workers)
	if err != nil {
		return err
	}
	t.validation = append(t.validation, t.held.Loss(x))
	if best, _ := v.Best(t.validation); v.Patience > 0 && best == len(t.validation)-1 {
		t.best = p
	}
	return nil
}

// stopped reports whether the training stopped early after an epoch.
func (t *loop) stopped(c *Config, epoch int) bool {
	v := c.Training.Validation
	_, stop := v.Best(t.validation[:v.Count(epoch)])
	return stop && epoch < c.Training.Epochs
}

// prior returns the generator with a network after the steps so far, and codes. It takes both over.
func (t *loop) prior(c *Config, net *nn.MLP, codes []float32) *Prior {
	if c.Statistics == recomputed {
		net.Recompute(codes)
	}
	return New(Model{Net: net, Codes: codes, Mean: t.mean, Scale: t.scale, Steps: t.trainer.Steps()})
}

// fill returns reconstructions [M×n] of held signals, from their seen fluxes.
func (p *Prior) fill(ctx context.Context, held *priors.Held, sphere bool, workers int) ([]float32, error) {
	starts := p.starts()
	d, n, count := p.CodeDim(), p.Dim(), len(starts)/p.CodeDim()
	from, x := make([]float32, count*n), make([]float32, len(held.Flux))
	crew := team.New(workers)
	defer crew.Close()
	crew.Run(team.Work{N: count, Grain: tile, Do: func(lo, hi int) {
		p.NewTape(hi-lo).Generate(from[lo*n:hi*n], starts[lo*d:hi*d])
	}})
	crew.Run(team.Work{N: len(held.Row), Grain: tile, Do: func(lo, hi int) {
		z := make([]float32, 0, (hi-lo)*d)
		for i := lo; i < hi; i++ {
			at := nearest(from, held.Flux[i*n:(i+1)*n], held.Seen[i*n:(i+1)*n])
			z = append(z, starts[at*d:(at+1)*d]...)
		}
		p.search(ctx, x[lo*n:hi*n], z, held.Flux[lo*n:hi*n], held.Seen[lo*n:hi*n], sphere)
	}})
	return x, ctx.Err()
}

// starts returns up to mostStarts of the training codes, which lie evenly among them.
func (p *Prior) starts() []float32 {
	d, n := p.CodeDim(), len(p.model.Codes)/p.CodeDim()
	var z []float32
	for k, count := 0, min(n, mostStarts); k < count; k++ {
		i := k * n / count
		z = append(z, p.model.Codes[i*d:(i+1)*d]...)
	}
	return z
}

// nearest returns the row of signals with the least squared error on seen fluxes.
func nearest(signals, flux []float32, seen []bool) (row int) {
	least, n := math.Inf(1), len(flux)
	for r := range len(signals) / n {
		var sum float32
		for j, v := range signals[r*n : (r+1)*n] {
			if seen[j] {
				sum += (v - flux[j]) * (v - flux[j])
			}
		}
		if float64(sum) < least {
			row, least = r, float64(sum)
		}
	}
	return row
}

// search moves codes z [b×d] by Adam to the least squared error on seen fluxes, and sets x [b×n]
// to their signals. It returns early when ctx is done.
func (p *Prior) search(ctx context.Context, x, z, flux []float32, seen []bool, sphere bool) {
	dx, dz, m, v := make([]float32, len(x)), make([]float32, len(z)), make([]float32, len(z)), make([]float32, len(z))
	tape := p.NewTape(len(z) / p.CodeDim())
	tape.Generate(x, z)
	for step := 1; step <= searchSteps && ctx.Err() == nil; step++ {
		clear(dx)
		for i, s := range seen {
			if s {
				dx[i] = x[i] - flux[i]
			}
		}
		tape.VJP(dz, dx)
		f32.Adam(z, dz, m, v, f32.NewAdamStep(searchLR*schedules["cosine"](step, searchSteps), 0, step))
		if sphere {
			f32.Sphere(z, p.CodeDim())
		}
		tape.Generate(x, z)
	}
}
