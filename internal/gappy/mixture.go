package gappy

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
)

// MixtureOptions says what Mixture fits.
type MixtureOptions struct {
	FactorOptions        // of each component
	Components    int    // at least 1
	Seed          uint64 // names the random stream of the start
}

// Mixed is a mixture of components, each with factors of its own: with probability Shares[c], a
// signal is from Parts[c].
type Mixed struct {
	Shares []float64 // of each component, above 0; their sum is 1
	Parts  []*Factored
	// Memberships [N × components] are the probabilities of the components given a signal,
	// before the last iteration.
	Memberships []float64
	// LogLikelihood is the mean log p(x) of what was measured of a signal, before each iteration.
	// The first is that of a single component, from which all begin.
	LogLikelihood []float64
}

// Mixture fits a mixture of factor analyses by expectation maximisation (Ghahramani and Hinton
// 1996, CRG-TR-96-1; with a noise for each component as in McLachlan and Peel 2000, Finite
// Mixture Models, ch. 8). All components begin as the model from which Factors starts. They part
// in the first iteration, in which each gets a cluster of the signals' factors. A column that a
// component's signals measure fewer than Factors + 2 times stays as it is in that component; a
// component with fewer signals is removed. An error is an *UnmeasuredError, ErrEmpty or ctx's.
func Mixture(ctx context.Context, d Data, o MixtureOptions) (*Mixed, error) {
	m, err := newMixture(ctx, d, o)
	if err != nil {
		return nil, err
	}
	defer m.crew.Close()
	fewer := false // components than before the last step, so that the likelihood may have fallen
	for i := range o.Iterations {
		if err := m.expect(ctx); err != nil {
			return nil, err
		}
		if i == 0 {
			if err := m.part(ctx, o); err != nil {
				return nil, err
			}
		}
		removed := m.prune()
		if err := m.maximize(ctx); err != nil {
			return nil, err
		}
		if l := m.out.LogLikelihood; i > 1 && !removed && !fewer && l[i]-l[i-1] < o.Tolerance {
			break
		}
		fewer = removed
	}
	return m.out, nil
}

// mixture is the state of Mixture.
type mixture struct {
	data  Data
	crew  *crew
	parts []*factors
	out   *Mixed
}

func newMixture(ctx context.Context, d Data, o MixtureOptions) (*mixture, error) {
	first, err := newFactors(ctx, d, o.FactorOptions)
	if err != nil {
		return nil, err
	}
	m := &mixture{data: d, crew: first.crew, out: &Mixed{}}
	first.fewest = float64(o.Factors + 2)
	for range o.Components {
		part := *first
		part.out = &Factored{slices.Clone(first.out.Mean), slices.Clone(first.out.Loadings), slices.Clone(first.out.Noise), nil}
		m.parts, m.out.Parts = append(m.parts, &part), append(m.out.Parts, part.out)
		m.out.Shares = append(m.out.Shares, 1/float64(o.Components))
	}
	return m, nil
}

// expect sets memberships and the likelihood.
func (m *mixture) expect(ctx context.Context) error {
	n, k := m.data.Len(), len(m.parts)
	logs := make([]float64, n*k)
	for c, f := range m.parts {
		f.data, f.likelihoods = m.data, make([]float64, n)
		f.prepare()
		if err := m.crew.eachBlock(ctx, n, func(room []float64, lo, hi int) { f.expectation(room, lo, hi) }); err != nil {
			return err
		}
		for i, l := range f.likelihoods {
			logs[i*k+c] = math.Log(m.out.Shares[c]) + l
		}
	}
	total := 0.0
	for i := range n {
		own := logs[i*k : (i+1)*k]
		sum := floats.LogSumExp(own)
		total += sum
		for c, l := range own {
			own[c] = math.Exp(l - sum)
		}
	}
	m.out.Memberships = logs
	m.out.LogLikelihood = append(m.out.LogLikelihood, total/float64(n))
	return nil
}

// part gives each component a cluster of the signals' factors in the common model.
func (m *mixture) part(ctx context.Context, o MixtureOptions) error {
	f, k := m.parts[0], o.Factors
	length := make([]float64, k) // of the signal that belongs to a factor
	for a := range k {
		length[a] = floats.Norm(f.out.Loadings[a*f.n:(a+1)*f.n], 2)
	}
	points := make([]float64, m.data.Len()*k)
	err := m.crew.eachBlock(ctx, m.data.Len(), func(room []float64, lo, hi int) {
		b := f.expectation(room, lo, hi)
		for i := range hi - lo {
			floats.MulTo(points[(lo+i)*k:(lo+i+1)*k], b.along[i*f.loadingsLd:][:k], length)
		}
	})
	if err != nil {
		return err
	}
	clear(m.out.Memberships)
	for i, c := range clusters(points, k, o.Components, o.Seed) {
		m.out.Memberships[i*o.Components+c] = 1
	}
	return nil
}

// sizes returns the numbers of signals of the components.
func (m *mixture) sizes() []float64 {
	sizes := make([]float64, len(m.parts))
	for at := 0; at < len(m.out.Memberships); at += len(sizes) {
		floats.Add(sizes, m.out.Memberships[at:at+len(sizes)])
	}
	return sizes
}

// prune removes components that have too few signals, if others remain, and reports whether
// there were any.
func (m *mixture) prune() (removed bool) {
	sizes, k := m.sizes(), len(m.parts)
	var keep []int
	for c, f := range m.parts {
		if sizes[c] >= f.fewest || k == 1 {
			keep = append(keep, c)
		}
	}
	if len(keep) == k || len(keep) == 0 {
		return false
	}
	var left Mixed
	var parts []*factors
	for _, c := range keep {
		parts, left.Parts = append(parts, m.parts[c]), append(left.Parts, m.out.Parts[c])
	}
	for at := 0; at < len(m.out.Memberships); at += k {
		sum := 0.0
		for _, c := range keep {
			sum += m.out.Memberships[at+c]
		}
		for _, c := range keep {
			share := 1 / float64(len(keep))
			if sum > 0 {
				share = m.out.Memberships[at+c] / sum
			}
			left.Memberships = append(left.Memberships, share)
		}
	}
	m.parts, m.out.Parts, m.out.Memberships = parts, left.Parts, left.Memberships
	return true
}

// leastMembership is that below which a signal does not count for a component.
const leastMembership = 1e-12

// maximize sets shares and components.
func (m *mixture) maximize(ctx context.Context) error {
	k, n := len(m.parts), m.data.Len()
	m.out.Shares = m.sizes()
	floats.Scale(1/floats.Sum(m.out.Shares), m.out.Shares)
	for c, f := range m.parts {
		f.data.Rows, f.shares = []int{}, []float64{}
		for i := range n {
			if share := m.out.Memberships[i*k+c]; share > leastMembership {
				f.data.Rows, f.shares = append(f.data.Rows, m.data.row(i)/m.data.Dim), append(f.shares, share)
			}
		}
		f.likelihoods = make([]float64, len(f.shares))
		if err := f.improve(ctx); err != nil {
			return err
		}
	}
	return nil
}
