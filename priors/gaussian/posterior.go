package gaussian

import (
	"math"

	"gonum.org/v1/gonum/mat"

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

// scale returns the scale at which the mean fits best.
func (q problem) scale() float64 {
	var xy, xx float64
	for j, y := range q.y {
		x, w := q.offset[j], 1/q.noise[j]
		xy, xx = xy+w*x*y, xx+w*x*x
	}
	if s := xy / xx; s > 0 && !math.IsInf(s, 0) {
		return s
	}
	return 1
}

// at returns the posterior given the scale and an extra variance.
func (q problem) at(scale, extra float64) Posterior {
	p := Posterior{Code: make([]float64, q.d), Scale: scale, Extra: extra}
	w, logs := q.weights(scale, extra)
	count := float64(len(q.y))
	residual, square := make([]float64, len(q.y)), 0.0
	for j, y := range q.y {
		residual[j] = y/p.Scale - q.offset[j]
		square += w[j] * residual[j] * residual[j]
	}
	constant := logs - count*math.Log(2*math.Pi) - 2*count*math.Log(p.Scale)
	if q.d == 0 {
		p.Evidence = (constant - square) / 2
		return p
	}
	weighted, right := mat.NewDense(len(q.y), q.d, nil), make([]float64, q.d)
	for j := range q.y {
		row, from, root := weighted.RawRowView(j), q.design.RawRowView(j), math.Sqrt(w[j])
		for k, v := range from {
			row[k] = root * v
			right[k] += w[j] * v * residual[j]
		}
	}
	var precision mat.SymDense
	precision.SymOuterK(1, weighted.T())
	for k := range q.d {
		precision.SetSym(k, k, precision.At(k, k)+1)
	}
	var chol mat.Cholesky
	ok := chol.Factorize(&precision) // I + DᵀD has no eigenvalue below 1
	code := mat.NewVecDense(q.d, nil)
	if !ok || chol.SolveVecTo(code, mat.NewVecDense(q.d, right)) != nil {
		p.Evidence = math.Inf(-1)
		return p
	}
	p.Factor = new(mat.TriDense)
	chol.LTo(p.Factor)
	p.Code = code.RawVector().Data
	p.Evidence = (constant - square + mat.Dot(code, mat.NewVecDense(q.d, right)) - chol.LogDet()) / 2
	return p
}
