package solvers

import (
	"sedlab/internal/f32"
	"sedlab/operators"
)

// misfit is ‖A x − y‖²/m of one measurement, as a function of the signal x.
type misfit interface {
	// gradient sets dx[n] = 2/m · Aᵀ(A x − y) and returns ‖A x − y‖²/m.
	gradient(dx, x []float32) float64
}

func newMisfit(p Measurement) misfit {
	m, n := p.Op.Dims()
	if s, ok := p.Op.(operators.Selector); ok {
		f := &selected{y: make([]float32, n), weight: make([]float32, n)}
		s.Adjoint(f.y, p.Y)
		for i, ok := range s.Observed() {
			if ok {
				f.weight[i] = 1 / float32(m)
			}
		}
		return f
	}
	return &general{op: p.Op, y: p.Y, residual: make([]float32, m)}
}

// general is the misfit of any operator.
type general struct {
	op          operators.Operator
	y, residual []float32
}

func (f *general) gradient(dx, x []float32) float64 {
	f.op.Apply(f.residual, x)
	scale := 2 / float32(len(f.y))
	var sum float64
	for j, v := range f.residual {
		d := v - f.y[j]
		sum += float64(d) * float64(d)
		f.residual[j] = scale * d
	}
	f.op.Adjoint(dx, f.residual)
	return sum / float64(len(f.y))
}

// selected is the misfit of an operator that selects fluxes. It takes one pass over the
// n fluxes, with each measurement in its place and weight 1/m for observed fluxes.
type selected struct{ y, weight []float32 }

func (f *selected) gradient(dx, x []float32) float64 {
	return float64(f32.Residual(dx, x, f.y, f.weight))
}
