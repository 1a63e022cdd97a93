package gaussian

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"sedlab/internal/quantile"
	"sedlab/priors"
)

// problem is a measurement as numbers. What does not count is left out.
type problem struct {
	d      int
	y      []float64
	offset []float64  // A μ
	design *mat.Dense // A W, m×d
	noise  []float64  // variances of A ε
	known  []float64  // 1/Precision, of y; nil if unknown
}

func (g *Model) problem(m priors.Measurement) problem {
	rows, n := m.Op.Dims()
	q := problem{d: g.CodeDim()}
	var at []int
	for j := range rows {
		if m.Counts(j) {
			at = append(at, j)
			q.y = append(q.y, float64(m.Y[j]))
			if m.Precision != nil {
				q.known = append(q.known, 1/float64(m.Precision[j]))
			}
		}
	}
	measured := make([]float32, rows)
	take := func(set func(j int, v float64)) {
		for to, j := range at {
			set(to, float64(measured[j]))
		}
	}
	q.offset, q.noise = make([]float64, len(at)), make([]float64, len(at))
	m.Op.Apply(measured, g.Mean)
	take(func(j int, v float64) { q.offset[j] = v })
	variances(measured, m.Op, g.Noise)
	take(func(j int, v float64) { q.noise[j] = math.Max(v, leastNoise) })
	q.design = mat.NewDense(len(at), max(q.d, 1), nil)
	for k := range q.d {
		m.Op.Apply(measured, g.Basis[k*n:(k+1)*n])
		take(func(j int, v float64) { q.design.Set(j, k, v) })
	}
	return q
}

// leastNoise keeps precisions finite.
const leastNoise = 1e-12

// propagator is a matrix that propagates variances, as operators do.
type propagator interface {
	Variance(dst, variance []float32)
}

// variances sets dst[m] to the variances Σ A_ji² variance_i.
func variances(dst []float32, op priors.Linear, variance []float32) {
	if p, ok := op.(propagator); ok {
		p.Variance(dst, variance)
		return
	}
	_, n := op.Dims()
	unit, row := make([]float32, len(dst)), make([]float32, n)
	for j := range dst {
		unit[j] = 1
		op.Adjoint(row, unit)
		unit[j] = 0
		sum := 0.0
		for i, a := range row {
			sum += float64(a) * float64(a) * float64(variance[i])
		}
		dst[j] = float32(sum)
	}
}

// weights returns the inverse variances of y/s, and the sum of their logarithms.
func (q problem) weights(scale, extra float64) (w []float64, logs float64) {
	w = make([]float64, len(q.y))
	for j, v := range q.noise {
		if q.known != nil {
			v = math.Max(v, q.known[j]/scale/scale)
		}
		w[j] = 1 / (v + extra)
		logs += math.Log(w[j])
	}
	return w, logs
}

// scale returns the scale that fits best, given a code.
func (q problem) scale(code []float64) float64 {
	var xy, xx float64
	for j, y := range q.y {
		x := q.offset[j]
		for k, z := range code {
			x += z * q.design.At(j, k)
		}
		w := 1 / q.noise[j]
		xy, xx = xy+w*x*y, xx+w*x*x
	}
	if s := xy / xx; s > 0 && !math.IsInf(s, 0) {
		return s
	}
	return 1
}

// scaled is a posterior at some scale, and the logarithm of that scale's probability.
type scaled struct {
	Posterior
	value float64
}

// rescale sets the posterior at the most probable scale, given the extra variance: by golden
// sections of its logarithm, from half to twice the scale.
func (q problem) rescale(p *Posterior, g *Model) {
	const golden, sections = 0.6180339887498949, 24
	start, extra := p.Scale, p.Extra
	at := func(log float64) scaled {
		other := *p
		other.Scale = start * math.Exp2(log)
		q.at(&other, extra)
		penalty, _ := g.PowerPenalty(g.power(other))
		return scaled{other, other.Evidence - penalty}
	}
	low, high := -1., 1.
	a, b := at(high-golden*(high-low)), at(low+golden*(high-low))
	for range sections {
		if a.value > b.value {
			high, b = math.Log2(b.Scale/start), a
			a = at(high - golden*(high-low))
		} else {
			low, a = math.Log2(a.Scale/start), b
			b = at(low + golden*(high-low))
		}
	}
	if a.value < b.value {
		a = b
	}
	*p = a.Posterior
}

// The extra variances that are tried, relative to the median of the others, and how often the
// interval around the best one is divided.
const (
	leastExtra = 1. / 16
	mostExtra  = 1 << 14
	divisions  = 6
)

// best sets the posterior at the extra variance with the most evidence.
func (q problem) best(p *Posterior) {
	q.at(p, 0)
	unit := quantile.MedianOf(q.noise)
	try := func(log float64) {
		other := *p
		if q.at(&other, unit*math.Exp2(log)); other.Evidence > p.Evidence {
			*p = other
		}
	}
	low, high := math.Log2(leastExtra), math.Log2(mostExtra)
	for log := low; log <= high; log += 2 {
		try(log)
	}
	if p.Extra == 0 {
		return
	}
	for step := 1.; step > math.Exp2(-divisions); step /= 2 {
		middle := math.Log2(p.Extra / unit)
		try(middle - step)
		try(middle + step)
	}
}

// at sets the posterior given the scale and an extra variance.
func (q problem) at(p *Posterior, extra float64) {
	w, logs := q.weights(p.Scale, extra)
	p.Extra = extra
	count := float64(len(q.y))
	residual, square := make([]float64, len(q.y)), 0.0
	for j, y := range q.y {
		residual[j] = y/p.Scale - q.offset[j]
		square += w[j] * residual[j] * residual[j]
	}
	constant := logs - count*math.Log(2*math.Pi) - 2*count*math.Log(p.Scale)
	if q.d == 0 {
		p.Evidence = (constant - square) / 2
		return
	}
	scaled, right := mat.NewDense(len(q.y), q.d, nil), make([]float64, q.d)
	for j := range q.y {
		row, from, root := scaled.RawRowView(j), q.design.RawRowView(j), math.Sqrt(w[j])
		for k, v := range from {
			row[k] = root * v
			right[k] += w[j] * v * residual[j]
		}
	}
	var precision mat.SymDense
	precision.SymOuterK(1, scaled.T())
	for k := range q.d {
		precision.SetSym(k, k, precision.At(k, k)+1)
	}
	var chol mat.Cholesky
	ok := chol.Factorize(&precision) // I + DᵀD has no eigenvalue below 1
	code := mat.NewVecDense(q.d, nil)
	if !ok || chol.SolveVecTo(code, mat.NewVecDense(q.d, right)) != nil {
		p.Evidence = math.Inf(-1)
		return
	}
	p.Factor = new(mat.TriDense)
	chol.LTo(p.Factor)
	p.Code = code.RawVector().Data
	p.Evidence = (constant - square + mat.Dot(code, mat.NewVecDense(q.d, right)) - chol.LogDet()) / 2
}
