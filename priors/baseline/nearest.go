// Package baseline holds priors by which people reconstruct spectra without a model: the mean of
// similar training spectra, and interpolation.
package baseline

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"sedlab/priors"
)

// Nearest is the kind of the mean of similar training signals.
var Nearest = priors.Kind{
	Name: "nearest", Version: 1, New: func() priors.Config { return new(NearestConfig) },
	Doc: "the mean of the training signals that fit the measurement best",
}

// NearestConfig is the section of a nearest in a spec.
type NearestConfig struct {
	Neighbours int `spec:"neighbours" default:"10" example:"5" range:"[1,10000]" doc:"number of training signals"`
}

// Check returns what is wrong with the number of neighbours among n signals.
func (c *NearestConfig) Check(n, dim int) []priors.KeyError {
	if n > 0 && c.Neighbours > n {
		return []priors.KeyError{{Key: "neighbours", Problem: fmt.Sprintf("%d of %d training signals; expected at most that many", c.Neighbours, n)}}
	}
	return nil
}

// Seedless says that no random numbers are drawn.
func (*NearestConfig) Seedless() {}

// Blank returns a *NearestPrior.
func (*NearestConfig) Blank() priors.Prior { return new(NearestPrior) }

// Cost counts the comparisons.
func (*NearestConfig) Cost(n, dim int) priors.Cost {
	return priors.Cost{Closed: 4 * float64(n) * float64(dim), Memory: 4 * float64(n) * float64(dim)}
}

// Train keeps the training signals.
func (c *NearestConfig) Train(ctx context.Context, data priors.Data) (priors.Prior, error) {
	for _, e := range c.Check(data.Len(), data.Dim) {
		return nil, fmt.Errorf("%s: %s", e.Key, e.Problem)
	}
	if err := cmp.Or(ctx.Err(), data.Check()); err != nil {
		return nil, err
	}
	return &NearestPrior{signals: slices.Clone(data.Flux), dim: data.Dim, neighbours: c.Neighbours}, nil
}

// NearestPrior is the training signals.
type NearestPrior struct {
	signals    []float32 // N×n
	dim        int
	neighbours int
}

var (
	_ priors.Inferrer = (*NearestPrior)(nil)
	_ priors.Keeper   = (*NearestPrior)(nil)
	_ priors.Opener   = (*NearestConfig)(nil)
	_ priors.Coster   = (*NearestConfig)(nil)
)

// Dim returns n.
func (p *NearestPrior) Dim() int { return p.dim }

// AtRandom says that inference draws no random numbers.
func (p *NearestPrior) AtRandom() bool { return false }

// Infer returns the mean of the neighbours, and their standard deviations.
func (p *NearestPrior) Infer(ctx context.Context, ms []priors.Measurement, _ uint64) ([]priors.Inferred, error) {
	out := make([]priors.Inferred, len(ms))
	for i, m := range ms {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		out[i] = p.infer(m)
	}
	return out, nil
}

// fit is how well a signal fits a measurement.
type fit struct {
	signal     int
	off, scale float64
}

func (p *NearestPrior) infer(m priors.Measurement) priors.Inferred {
	rows, n := m.Op.Dims()
	ax := make([]float32, rows)
	fits := make([]fit, len(p.signals)/n)
	for i := range fits {
		m.Op.Apply(ax, p.signals[i*n:(i+1)*n])
		fits[i] = fitOf(m, ax)
		fits[i].signal = i
	}
	slices.SortStableFunc(fits, func(a, b fit) int { return cmp.Compare(a.off, b.off) })
	best := fits[:p.neighbours]
	r := priors.Inferred{X: make([]float32, n), Sigma: make([]float32, n), Evidence: math.NaN(), Iterations: 1, Converged: true}
	for _, f := range best {
		r.Scale += f.scale / float64(len(best))
	}
	for j := range n {
		var sum, squares float64
		for _, f := range best {
			v := float64(p.signals[f.signal*n+j])
			sum, squares = sum+v, squares+v*v
		}
		mean := sum / float64(len(best))
		r.X[j] = float32(mean)
		r.Sigma[j] = float32(math.Sqrt(math.Max(0, squares/float64(len(best))-mean*mean)))
	}
	return r
}

// fitOf compares a measurement with A x, times the best scale if that is free.
func fitOf(m priors.Measurement, ax []float32) (f fit) {
	weight := func(j int) float64 {
		if m.Precision == nil {
			return 1
		}
		return float64(m.Precision[j])
	}
	var xy, xx, yy float64
	for j, v := range ax {
		if w := weight(j); w > 0 {
			x, y := float64(v), float64(m.Y[j])
			xy, xx, yy = xy+w*x*y, xx+w*x*x, yy+w*y*y
		}
	}
	f.scale = 1
	if m.FreeScale && xy > 0 {
		f.scale = xy / xx
		f.off = yy/f.scale/f.scale - xx // of y/s
		return f
	}
	f.off = yy - 2*xy + xx
	return f
}

// State returns the tensor "signals" [N × n] and the number "neighbours".
func (p *NearestPrior) State() *priors.State {
	return priors.NewState(Nearest.Name,
		priors.Tensor{Name: "signals", Shape: []int{len(p.signals) / p.dim, p.dim}, Data: p.signals},
		priors.Tensor{Name: "neighbours", Shape: []int{}, Data: []float64{float64(p.neighbours)}})
}

// Open returns the prior of a state, whose memory it shares.
func (*NearestConfig) Open(s *priors.State) (priors.Prior, error) {
	neighbours, noNeighbours := s.Float64s("neighbours")
	signals, noSignals := s.Float32s("signals", -1, -1)
	if err := cmp.Or(priors.CheckState(s, Nearest.Name), s.Only("signals", "neighbours"), noNeighbours, noSignals); err != nil {
		return nil, err
	}
	shape := shapeOf(s, "signals")
	if k := neighbours[0]; !(k >= 1 && k <= float64(shape[0]) && k == math.Trunc(k)) {
		return nil, fmt.Errorf(`tensor "neighbours" is %g; expected a number of the %d signals`, k, shape[0])
	}
	return &NearestPrior{signals: signals, dim: shape[1], neighbours: int(neighbours[0])}, nil
}

// shapeOf returns the shape of a tensor that exists.
func shapeOf(s *priors.State, name string) []int {
	for _, t := range s.Tensors {
		if t.Name == name {
			return t.Shape
		}
	}
	return nil
}
