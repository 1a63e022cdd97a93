package gappy

import (
	"context"
	"math"

	"sedlab/internal/f32"
)

// terms are sums over the measured or the missing values of one signal, packed: products of
// components [pairs(k)], components times the mean [k], and the mean's square.
type terms struct {
	k   int
	all []float64
}

func newTerms(k int) terms { return terms{k, make([]float64, pairs(k)+k+1)} }

func (t terms) products() []float64 { return t.all[:pairs(t.k)] }
func (t terms) mean() []float64     { return t.all[pairs(t.k):][:t.k] }
func (t terms) square() float64     { return t.all[len(t.all)-1] }

// newTermSums adds up the terms of each column. basis is a panel [n × ld] with the
// components in its first k columns.
func newTermSums(basis, mean []float64, k, ld int) sums {
	return newSums(len(mean), pairs(k)+k+1, func(dst []float64, j int) {
		v, mu := basis[j*ld:][:k], mean[j]
		for a, x := range v {
			for b, y := range v[:a+1] {
				dst[pairs(a)+b] = x * y
			}
			dst[pairs(k)+a] = x * mu
		}
		dst[len(dst)-1] = mu * mu
	})
}

// Fit fits coefficients and norms of other signals to the model, each on its own, by the
// iterations of Iterative with the model held fixed. The only error is ctx's.
func (m *Model) Fit(ctx context.Context, d Data, o Options) (*Fit, error) {
	k, n := len(m.Values), len(m.Mean)
	out := &Fit{Model: m, Norms: make([]float64, d.Len()), Coeffs: make([]float64, d.Len()*k)}
	ld := f32.Pad64(k)
	panel := make([]float64, n*ld)
	for i, v := range m.Basis {
		panel[i%n*ld+i/n] = v
	}
	table, gaps := newTermSums(panel, m.Mean, k, ld), findGaps(d)
	c := newCrew(o.Workers, n+ld)
	defer c.Close()
	err := c.eachBlock(ctx, d.Len(), func(room []float64, lo, hi int) {
		z, along := cut(room, (hi-lo)*n)
		for i := lo; i < hi; i++ {
			measuredRow(z[(i-lo)*n:(i-lo+1)*n], d.flux(i), gaps.of(i))
		}
		f32.Product64(along, z, panel, hi-lo, n, ld, n, 1, false)
		one := frozen{o.Iterations, newTerms(k), newTerms(k), newNormal(k)}
		for i := lo; i < hi; i++ {
			table.over(one.missing.all, one.measured.all, gaps.of(i))
			out.Norms[i] = one.fit(out.Coeffs[i*k:(i+1)*k], along[(i-lo)*ld:][:k], z[(i-lo)*n:(i-lo+1)*n])
		}
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// frozen fits single signals to a model that is held fixed.
type frozen struct {
	iterations        int
	missing, measured terms
	solver            *normal
}

// fit sets the coefficients c of the signal z [n], in which what is missing is 0, and returns
// its norm. along is its product with each component.
func (f frozen) fit(c, along, z []float64) (norm float64) {
	square := 0.0
	for _, v := range z {
		square += v * v
	}
	if square == 0 {
		return 0
	}
	f.solver.factor(f.measured.products())
	norm = math.Sqrt(square)
	for range f.iterations {
		norm = math.Sqrt(square + f.missing.square()*norm*norm)
	}
	for i := range f.iterations {
		if next := math.Sqrt(square + f.filled(c)*norm*norm); i > 0 && !math.IsInf(next, 0) {
			norm = next
		}
		for a, mu := range f.measured.mean() {
			c[a] = along[a]/norm - mu
		}
		f.solver.solve(c)
	}
	return norm
}

// filled is the sum of squares of what the coefficients c say is missing, in units of the norm.
func (f frozen) filled(c []float64) float64 {
	sum, products, mean := f.missing.square(), f.missing.products(), f.missing.mean()
	for a, v := range c {
		sum += v * (2*mean[a] + v*products[pairs(a)+a])
		for b, w := range c[:a] {
			sum += 2 * v * w * products[pairs(a)+b]
		}
	}
	return max(sum, 0)
}
