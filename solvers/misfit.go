package solvers

import (
	"math"

	"sedlab/internal/f32"
	"sedlab/operators"
)

// misfit is Σ w_j (t·A x − y)_j²/m of one measurement, as a function of the signal x. The
// weights w_j are the precisions divided by their mean over the m measurements that count, so
// that equal precisions are the same as none. t is 1, or the scale that fits x best.
type misfit interface {
	// gradient sets dx[n] to the derivative with respect to x, and returns the misfit. At the
	// best scale, it equals the derivative at a fixed scale.
	gradient(dx, x []float32) float64
	// scale returns the scale t at x.
	scale(x []float32) float64
}

func newMisfit(p Measurement) misfit {
	_, n := p.Op.Dims()
	y, weight := counted(p)
	s, selects := p.Op.(operators.Selector)
	if !selects {
		f := &general{op: p.Op, y: y, weight: weight, residual: make([]float32, len(y)), free: p.FreeScale}
		if p.Precision == nil {
			f.equal = float32(len(y))
		}
		return f
	}
	f := &selected{y: make([]float32, n), weight: make([]float32, n)}
	s.Adjoint(f.y, y)
	s.Adjoint(f.weight, weight)
	if p.FreeScale {
		return &rescaled{selected: f, scaled: make([]float32, n)}
	}
	return f
}

// counted returns the measurements, with 0 for those that do not count, and w_j/m; see
// misfit.
func counted(p Measurement) (y, w []float32) {
	w = make([]float32, len(p.Y))
	if p.Precision == nil {
		for j := range w {
			w[j] = 1 / float32(len(w))
		}
		return p.Y, w
	}
	sum := 0.0
	for _, v := range p.Precision {
		sum += float64(v)
	}
	y = make([]float32, len(p.Y))
	for j, v := range p.Precision {
		if v > 0 {
			w[j], y[j] = float32(float64(v)/sum), p.Y[j] // their mean is sum/m
		}
	}
	return y, w
}

// general is the misfit of any operator.
type general struct {
	op                  operators.Operator
	y, weight, residual []float32
	equal               float32 // m if all measurements count the same, or 0
	free                bool
}

func (f *general) gradient(dx, x []float32) float64 {
	f.op.Apply(f.residual, x)
	t := float32(1)
	if f.free {
		t = float32(bestScale(f.weight, f.y, f.residual))
	}
	var sum float64
	for j, v := range f.residual {
		d, w := t*v-f.y[j], f.weight[j]
		if f.equal > 0 {
			sum += float64(d) * float64(d)
		} else {
			sum += float64(w) * float64(d) * float64(d)
		}
		f.residual[j] = 2 * w * t * d
	}
	f.op.Adjoint(dx, f.residual)
	if f.equal > 0 {
		sum /= float64(f.equal)
	}
	return sum
}

func (f *general) scale(x []float32) float64 {
	if !f.free {
		return 1
	}
	f.op.Apply(f.residual, x)
	return bestScale(f.weight, f.y, f.residual)
}

// selected is the misfit of an operator that selects fluxes. It takes one pass over the
// n fluxes, with each measurement in its place and weight w/m for observed fluxes.
type selected struct{ y, weight []float32 }

func (f *selected) gradient(dx, x []float32) float64 {
	return float64(f32.Residual(dx, x, f.y, f.weight))
}

func (*selected) scale([]float32) float64 { return 1 }

// rescaled is selected with a free scale.
type rescaled struct {
	*selected
	scaled []float32
}

func (f *rescaled) gradient(dx, x []float32) float64 {
	t := float32(f.scale(x))
	for i, v := range x {
		f.scaled[i] = t * v
	}
	sum := f.selected.gradient(dx, f.scaled)
	for i := range dx {
		dx[i] *= t
	}
	return sum
}

func (f *rescaled) scale(x []float32) float64 { return bestScale(f.weight, f.y, x) }

// leastScale bounds the scale of y/s₀ from below, so that it stays positive.
const leastScale = 1e-3

// bestScale returns the t > 0 that minimises Σ w (t·x − y)².
func bestScale(w, y, x []float32) float64 {
	var xy, xx float64
	for j, v := range x {
		if w[j] == 0 {
			continue
		}
		a := float64(w[j]) * float64(v)
		xy += a * float64(y[j])
		xx += a * float64(v)
	}
	if !(xx > 0) {
		return 1
	}
	return math.Max(leastScale, xy/xx)
}

// firstScale returns s₀, the root mean square of the measurements that count, or 1 if that
// is 0. A measurement with a free scale is solved in units of it, because the signals of
// priors have a root mean square of about 1.
func firstScale(p Measurement) float64 {
	var sum, total float64
	for j, v := range p.Y {
		w := 1.0
		if p.Precision != nil {
			w = float64(p.Precision[j])
		}
		if w > 0 {
			sum += w * float64(v) * float64(v)
			total += w
		}
	}
	if s := math.Sqrt(sum / total); s > 0 && !math.IsInf(s, 0) {
		return s
	}
	return 1
}
