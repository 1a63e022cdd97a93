package gappy

import (
	"context"
	"math"

	"gonum.org/v1/gonum/floats"

	"sedlab/internal/f32"
)

// EM fits components to weighted signals by Bailey's expectation maximisation (2012, PASP
// 124, 1015). It alternates between coefficients and components: each signal gets the
// coefficients of weighted least squares; then each component, in order, becomes the weighted
// least-squares fit to what the ones before it leave, and the components are made orthonormal.
// They begin as the first cosines over the columns. At the end they are rotated within their
// span, so that coefficients of different components are uncorrelated, with falling variances.
//
// Bailey's components are about zero; the first is then much like a mean. A signal may have
// any scale: it is divided by its norm, about √Σx², and weights are multiplied by its square.
// If o.Centered, signals are taken as they are, and a mean is fitted along with the components.
// Without weights, all that was measured counts alike.
//
// If o.Centered or o.Robust, the components are fitted together. Fitting them one by one is
// not quite least squares, and coefficients that gaps leave undetermined may grow.
//
// If o.Robust, a weight is multiplied by Cauchy's 1/(1 + (u/2.385)²), where u is the
// standardised residual over 1.4826 times the median absolute one of the signal, in three
// rounds that follow each least-squares fit of coefficients. So outliers count little, for
// coefficients and components. And coefficients that a signal's gaps leave undetermined are
// kept from growing: they have a Gaussian prior, as in probabilistic PCA (Tipping and Bishop
// 1999, J. R. Stat. Soc. B 61, 611), about zero and as wide as they are in the median signal.
//
// An error is an *UnmeasuredError, ErrEmpty or ctx's.
func EM(ctx context.Context, d Data, o Options) (*Fit, error) {
	if d.Len() == 0 {
		return nil, ErrEmpty
	}
	m := &Model{Mean: make([]float64, d.Dim), Basis: make([]float64, o.Components*d.Dim), Values: make([]float64, o.Components)}
	for i := range m.Basis {
		a, j := i/d.Dim, i%d.Dim
		m.Basis[i] = math.Cos(math.Pi * (float64(j) + 0.5) * float64(a) / float64(d.Dim))
	}
	m.orthonormalize()
	e := newMaximization(m, d, o)
	defer e.crew.Close()
	if floats.Max(e.fit.Norms) == 0 {
		return nil, ErrEmpty
	}
	for range o.Iterations {
		if err := e.improve(ctx); err != nil {
			return nil, err
		}
		e.penalize()
	}
	if err := e.coefficients(ctx); err != nil {
		return nil, err
	}
	if err := e.turn(); err != nil {
		return nil, err
	}
	e.penalize()
	return e.fit, e.coefficients(ctx)
}

// FitWeighted fits coefficients and norms of other signals to a model by EM, each on its
// own, with the model held fixed. The only error is ctx's.
func (m *Model) FitWeighted(ctx context.Context, d Data, o Options) (*Fit, error) {
	e := newMaximization(m, d, o)
	defer e.crew.Close()
	if err := e.coefficients(ctx); err != nil {
		return nil, err
	}
	return e.fit, nil
}

// maximization is the state of EM.
type maximization struct {
	k, n             int
	data             Data
	robust, centered bool
	fit              *Fit
	sigma            []float64 // N, of standardised residuals; if robust
	crew             *crew

	// Panels [n × ld] of the model, for the normal equations: products of components, and
	// each times the mean; components; and these as rows [k × ld].
	squares, components, rows       []float64
	squaresLd, componentsLd, rowsLd int
}

func newMaximization(m *Model, d Data, o Options) *maximization {
	k, n := len(m.Values), d.Dim
	e := &maximization{k: k, n: n, data: d, robust: o.Robust, centered: o.Centered, squaresLd: f32.Pad64(pairs(k + 1)), componentsLd: f32.Pad64(k + 1)}
	e.fit = &Fit{Model: m, Norms: make([]float64, d.Len()), Coeffs: make([]float64, d.Len()*k)}
	if m.penalty == nil {
		m.penalty = make([]float64, k)
	}
	e.sigma = make([]float64, d.Len())
	for i := range e.fit.Norms {
		e.fit.Norms[i] = e.norm(i)
	}
	e.crew = newCrew(o.Workers, 2*n+f32.Pad64(n)+e.squaresLd+e.componentsLd)
	return e
}

// norm returns what signal i is divided by, or 0 if nothing but zeros was measured.
func (e *maximization) norm(i int) float64 {
	sum, count := 0.0, 0
	missing, weight := e.missing(i), e.weight(i)
	for j, v := range e.data.flux(i) {
		if (missing == nil || !missing[j]) && (weight == nil || weight[j] > 0) {
			sum += float64(v) * float64(v)
			count++
		}
	}
	switch {
	case count == 0 || sum == 0 && !e.centered:
		return 0
	case e.centered:
		return 1
	}
	return math.Sqrt(sum * float64(e.n) / float64(count))
}

func (e *maximization) missing(i int) []bool {
	if e.data.Missing == nil {
		return nil
	}
	return e.data.Missing[e.data.row(i):][:e.n]
}

func (e *maximization) weight(i int) []float32 {
	if e.data.Weight == nil {
		return nil
	}
	return e.data.Weight[e.data.row(i):][:e.n]
}

// load sets the weights w and w·x of signal i, divided by its norm.
func (e *maximization) load(w, wx []float64, i int) {
	norm, missing, weight, x := e.fit.Norms[i], e.missing(i), e.weight(i), e.data.flux(i)
	if norm == 0 {
		clear(w)
		clear(wx)
		return
	}
	for j := range w {
		w[j], wx[j] = 1, 0
		if weight != nil {
			w[j] = float64(weight[j]) * norm * norm
		}
		if missing != nil && missing[j] {
			w[j] = 0
		}
		if w[j] > 0 {
			wx[j] = w[j] * (float64(x[j]) / norm)
		}
	}
}

// prepare sets the panels from the model.
func (e *maximization) prepare() {
	m, k := e.fit.Model, e.k
	e.squares, e.components = make([]float64, e.n*e.squaresLd), make([]float64, e.n*e.componentsLd)
	e.rows, e.rowsLd = paddedRows(m.Basis, k, e.n)
	for j := range e.n {
		square, components := e.squares[j*e.squaresLd:], e.components[j*e.componentsLd:]
		for a := range k {
			v := m.Basis[a*e.n+j]
			components[a] = v
			for b := range a + 1 {
				square[pairs(a)+b] = v * m.Basis[b*e.n+j]
			}
			square[pairs(k)+a] = v * m.Mean[j]
		}
	}
}

// coefficients sets all coefficients.
func (e *maximization) coefficients(ctx context.Context) error {
	e.prepare()
	return e.crew.eachBlock(ctx, e.data.Len(), func(room []float64, lo, hi int) { e.expect(room, lo, hi) })
}

// expect sets the coefficients of signals [lo, hi). It returns the signals' weights w and
// w·x, both [rows × n], and what is left of room.
func (e *maximization) expect(room []float64, lo, hi int) (w, wx, rest []float64) {
	rows := hi - lo
	w, room = cut(room, rows*e.n)
	wx, room = cut(room, rows*e.n)
	model, room := cut(room, rows*e.rowsLd)
	rounds := 1
	if e.robust {
		rounds += robustRounds
	}
	for round := range rounds {
		for i := lo; i < hi; i++ {
			at := (i - lo) * e.n
			e.load(w[at:at+e.n], wx[at:at+e.n], i)
			if round > 0 {
				x := model[(i-lo)*e.rowsLd:][:e.n]
				floats.Add(x, e.fit.Mean)
				e.sigma[i] = discount(w[at:at+e.n], wx[at:at+e.n], x)
			}
		}
		e.solve(w, wx, room, lo, hi)
		if round < rounds-1 {
			f32.Product64(model, e.fit.Coeffs[lo*e.k:], e.rows, rows, e.k, e.rowsLd, e.k, 1, false)
		}
	}
	return w, wx, room
}

// solve sets the coefficients of signals [lo, hi) by weighted least squares.
func (e *maximization) solve(w, wx, room []float64, lo, hi int) {
	rows, k := hi-lo, e.k
	squares, along := cut(room, rows*e.squaresLd)
	f32.Product64(squares, w, e.squares, rows, e.n, e.squaresLd, e.n, 1, false)
	f32.Product64(along, wx, e.components, rows, e.n, e.componentsLd, e.n, 1, false)
	solver := newNormal(k)
	for i := range rows {
		c, sums := e.fit.Coeffs[(lo+i)*k:(lo+i+1)*k], squares[i*e.squaresLd:]
		floats.SubTo(c, along[i*e.componentsLd:][:k], sums[pairs(k):][:k])
		for a, v := range e.fit.penalty {
			sums[pairs(a)+a] += v
		}
		solver.factor(sums[:pairs(k)])
		solver.solve(c)
	}
}

// improve is one iteration: new coefficients, and from them new components.
func (e *maximization) improve(ctx context.Context) error {
	e.prepare()
	k, ld := e.k, e.squaresLd+e.componentsLd
	sum := make([]float64, e.n*ld)
	err := e.crew.accumulate(ctx, sum, e.data.Len(), func(room, sum []float64, lo, hi int) {
		w, wx, room := e.expect(room, lo, hi)
		squares, c := cut(room, (hi-lo)*e.squaresLd)
		clear(c[:(hi-lo)*e.componentsLd])
		for i := range hi - lo {
			// The coefficient of the mean is 1, and comes last.
			own, square := c[i*e.componentsLd:][:k+1], squares[i*e.squaresLd:][:e.squaresLd]
			copy(own, e.fit.Coeffs[(lo+i)*k:(lo+i+1)*k])
			own[k] = 1
			clear(square)
			for a, v := range own {
				for b, w := range own[:a+1] {
					square[pairs(a)+b] = v * w
				}
			}
		}
		f32.Product64(sum, w, squares, e.n, hi-lo, e.squaresLd, 1, e.n, true)
		f32.Product64(sum[e.n*e.squaresLd:], wx, c, e.n, hi-lo, e.componentsLd, 1, e.n, true)
	})
	if err != nil {
		return err
	}
	return e.maximize(sum[:e.n*e.squaresLd], sum[e.n*e.squaresLd:])
}
