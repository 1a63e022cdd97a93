package gappy

import (
	"context"
	"math"

	"gonum.org/v1/gonum/floats"

	"sedlab/internal/f32"
)

// Iterative fits a mean and components as astroML 1.0.2's iterative_pca does with norm='L2'
// (Connolly and Szalay 1999, AJ 117, 2052; Yip et al. 2004, AJ 128, 585). What is missing
// begins as the mean. Then, in each iteration, every signal is divided by its L2 norm, the
// components of all are computed, and what is missing is taken from the components, with
// coefficients by least squares on what was measured.
//
// Signals without a measured value other than zero take no part. An error is an
// *UnmeasuredError, ErrEmpty or ctx's.
func Iterative(ctx context.Context, d Data, o Options) (*Fit, error) {
	f, err := newIteration(d, o)
	if err != nil {
		return nil, err
	}
	defer f.crew.Close()
	if err := f.begin(ctx); err != nil {
		return nil, err
	}
	for i := range o.Iterations {
		f.scale, f.mean = f.nextScale, f.nextMean
		if err := f.principal.find(ctx, f.covariance, i == o.Iterations-1); err != nil {
			return nil, err
		}
		if err := f.refill(ctx); err != nil {
			return nil, err
		}
	}
	return f.result(d.Len()), nil
}

// iteration is the state of Iterative. A row of the matrix z [N×n] is a signal in the units
// of the data, with what was measured as in the data and what is missing from filling.
type iteration struct {
	k, n, iterations int
	data             Data
	rows             []int // the N signals of data that take part
	gaps             gaps  // of the rows
	filling          [][]float64
	square           []float64 // N, Σ z² over what was measured
	filled           []float64 // N, Σ z² over what is missing
	scale, nextScale []float64 // N, 1/norm as this iteration and the next one divide by it
	mean, nextMean   []float64 // n, of z·scale
	coeffs           []float64 // N×k
	principal        *subspace
	crew             *crew
}

func newIteration(d Data, o Options) (*iteration, error) {
	n := d.Dim
	f := &iteration{k: o.Components, n: n, iterations: o.Iterations, data: d, gaps: gaps{start: []int{0}}}
	measured, room := make([]bool, n), make([]float64, n)
	for i := range d.Len() {
		f.take(i, measured, room)
	}
	if len(f.rows) == 0 {
		return nil, ErrEmpty
	}
	for j, ok := range measured {
		if !ok {
			return nil, &UnmeasuredError{j}
		}
	}
	f.filled = make([]float64, len(f.rows))
	f.coeffs = make([]float64, len(f.rows)*f.k)
	f.principal = newSubspace(n, f.k)
	f.crew = newCrew(o.Workers, n+f32.Pad64(n)+f.principal.width)
	return f, nil
}

// take adds signal i, unless nothing but zeros was measured. It notes the columns in which
// something was.
func (f *iteration) take(i int, measured []bool, z []float64) {
	before := len(f.gaps.all)
	if f.data.Missing != nil {
		f.gaps.add(f.data.Missing[f.data.row(i):][:f.n])
	}
	gs := f.gaps.all[before:]
	measuredRow(z, f.data.flux(i), gs)
	square := floats.Dot(z, z)
	if square == 0 {
		f.gaps.all = f.gaps.all[:before]
		return
	}
	at, missing := 0, 0
	mark := func(end int) {
		for ; at < end; at++ {
			measured[at] = true
		}
	}
	for _, g := range gs {
		mark(int(g.lo))
		at = int(g.hi)
		missing += int(g.hi - g.lo)
	}
	mark(f.n)
	f.rows, f.square, f.filling = append(f.rows, i), append(f.square, square), append(f.filling, make([]float64, missing))
	f.gaps.start = append(f.gaps.start, len(f.gaps.all))
}

// measuredRow sets z to x where it was measured, and else to 0.
func measuredRow(z []float64, x []float32, gs []gap) {
	f32.Widen(z, x)
	for _, g := range gs {
		clear(z[g.lo:g.hi])
	}
}

// load sets z to rows [lo, hi), either filled or with zeros for what is missing.
func (f *iteration) load(z []float64, lo, hi int, filled bool) {
	for i := lo; i < hi; i++ {
		row, gs := z[(i-lo)*f.n:(i-lo+1)*f.n], f.gaps.of(i)
		if !filled {
			measuredRow(row, f.data.flux(f.rows[i]), gs)
			continue
		}
		f32.Widen(row, f.data.flux(f.rows[i]))
		at := 0
		for _, g := range gs {
			at += copy(row[g.lo:g.hi], f.filling[i][at:])
		}
	}
}

// begin fills what is missing with the mean of what was measured. Means and norms depend on
// one another, and are found in turn.
func (f *iteration) begin(ctx context.Context) error {
	counts := make([]float64, f.n)
	for i := range f.rows {
		for _, g := range f.gaps.of(i) {
			floats.AddConst(1, counts[g.lo:g.hi])
		}
	}
	unused := make([]float64, 1)
	f.scale, f.mean = make([]float64, len(f.rows)), make([]float64, f.n)
	for range f.iterations {
		if f.normalize(f.scale) < settled {
			break
		}
		if err := f.meanOfRows(ctx); err != nil {
			return err
		}
		for j, missing := range counts {
			f.mean[j] *= float64(len(f.rows)) / (float64(len(f.rows)) - missing)
		}
		squares := newSums(f.n, 1, func(dst []float64, j int) { dst[0] = f.mean[j] * f.mean[j] })
		for i, s := range f.scale {
			missing := f.filled[i : i+1]
			squares.over(missing, unused, f.gaps.of(i))
			missing[0] /= s * s
		}
	}
	for i := range f.rows {
		f.fill(i, nil)
	}
	f.normalize(f.scale)
	err := f.meanOfRows(ctx)
	f.nextScale, f.nextMean = f.scale, f.mean
	return err
}

// fill sets what is missing in row i, and the sum of its squares, from the normalised row's
// difference from the mean, nil for none.
func (f *iteration) fill(i int, x []float64) {
	at, norm := 0, 1/f.scale[i]
	for _, g := range f.gaps.of(i) {
		filling := f.filling[i][at:][:g.hi-g.lo]
		floats.ScaleTo(filling, norm, f.mean[g.lo:g.hi])
		if x != nil {
			floats.AddScaled(filling, norm, x[g.lo:g.hi])
		}
		at += len(filling)
	}
	f.filled[i] = floats.Dot(f.filling[i], f.filling[i])
}

// settled is a relative change of norms that counts as none.
const settled = 1e-12

// normalize sets the scales of all rows, and returns the largest relative change.
func (f *iteration) normalize(scale []float64) (change float64) {
	for i, before := range scale {
		scale[i] = f.scaleOf(i, before)
		change = max(change, math.Abs(1-before/scale[i]))
	}
	return change
}

// scaleOf returns 1/norm of row i, or before if a wild filling overflows.
func (f *iteration) scaleOf(i int, before float64) float64 {
	if s := 1 / math.Sqrt(f.square[i]+f.filled[i]); s > 0 {
		return s
	}
	return before
}

// meanOfRows sets the mean of the normalised rows.
func (f *iteration) meanOfRows(ctx context.Context) error {
	return f.crew.accumulate(ctx, f.mean, len(f.rows), func(z, sum []float64, lo, hi int) {
		f.load(z, lo, hi, true)
		for i := lo; i < hi; i++ {
			floats.AddScaled(sum, f.scale[i]/float64(len(f.rows)), z[(i-lo)*f.n:(i-lo+1)*f.n])
		}
	})
}

// covariance sets w to XᵀX·q for panels [n × width], where X [N×n] are the normalised rows
// about their mean.
func (f *iteration) covariance(ctx context.Context, w, q []float64) error {
	width := f.principal.width
	err := f.crew.accumulate(ctx, w, len(f.rows), func(room, sum []float64, lo, hi int) {
		z, y := cut(room, (hi-lo)*f.n)
		f.load(z, lo, hi, true)
		f32.Product64(y, z, q, hi-lo, f.n, width, f.n, 1, false)
		for i := lo; i < hi; i++ {
			floats.Scale(f.scale[i]*f.scale[i], y[(i-lo)*width:(i-lo+1)*width])
		}
		f32.Product64(sum, z, y, f.n, hi-lo, width, 1, f.n, true)
	})
	along := make([]float64, width) // meanᵀ q
	f32.Product64(along, f.mean, q, 1, f.n, width, f.n, 1, false)
	floats.Scale(-float64(len(f.rows)), along)
	f32.Product64(w, f.mean, along, f.n, 1, width, 1, 1, true)
	return err
}

// refill sets the coefficients by least squares on what was measured, and fills what is
// missing with what they say. It sets the next scales and mean.
func (f *iteration) refill(ctx context.Context) error {
	vectors, width, k := f.principal.vectors, f.principal.width, f.k
	table := newTermSums(vectors, f.mean, k, width)
	basis, ld := paddedRows(f.principal.model(f.mean).Basis, k, f.n)
	f.nextScale, f.nextMean = make([]float64, len(f.rows)), make([]float64, f.n)
	return f.crew.accumulate(ctx, f.nextMean, len(f.rows), func(room, sum []float64, lo, hi int) {
		z, room := cut(room, (hi-lo)*f.n)
		along, model := cut(room, (hi-lo)*width)
		f.load(z, lo, hi, false)
		f32.Product64(along, z, vectors, hi-lo, f.n, width, f.n, 1, false)
		missing, measured, solver := newTerms(k), newTerms(k), newNormal(k)
		for i := lo; i < hi; i++ {
			table.over(missing.all, measured.all, f.gaps.of(i))
			c := f.coeffs[i*k : (i+1)*k]
			for a, mu := range measured.mean() {
				c[a] = f.scale[i]*along[(i-lo)*width+a] - mu
			}
			solver.factor(measured.products())
			solver.solve(c)
		}
		f32.Product64(model, f.coeffs[lo*k:], basis, hi-lo, k, ld, k, 1, false)
		for i := lo; i < hi; i++ {
			f.fill(i, model[(i-lo)*ld:][:f.n])
			f.nextScale[i] = f.scaleOf(i, f.scale[i])
			f.addRow(sum, z[(i-lo)*f.n:(i-lo+1)*f.n], i)
		}
	})
}

// addRow adds row i to the sum of the next mean, where z has what was measured.
func (f *iteration) addRow(sum, z []float64, i int) {
	at, weight := 0, f.nextScale[i]/float64(len(f.rows))
	floats.AddScaled(sum, weight, z)
	for _, g := range f.gaps.of(i) {
		end := at + int(g.hi-g.lo)
		floats.AddScaled(sum[g.lo:g.hi], weight, f.filling[i][at:end])
		at = end
	}
}

// result is the fit of N signals, of which some took no part.
func (f *iteration) result(signals int) *Fit {
	out := &Fit{
		Model: f.principal.model(f.mean),
		Norms: make([]float64, signals), Coeffs: make([]float64, signals*f.k),
	}
	signs := out.fixSigns()
	for at, i := range f.rows {
		out.Norms[i] = 1 / f.scale[at]
		for a, sign := range signs {
			out.Coeffs[i*f.k+a] = sign * f.coeffs[at*f.k+a]
		}
	}
	return out
}
