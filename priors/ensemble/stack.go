package ensemble

import (
	"context"
	"errors"
	"math"

	"sedlab/priors"
)

// Fit returns the ensemble with the weights, from 0 and with a sum of 1, that give the least mean
// square error of the average on known signals (stacked regressions: Breiman 1996, Machine
// Learning 24, 49; after Wolpert 1992). Signals that a member cannot reconstruct are left out.
func (p *Prior) Fit(ctx context.Context, known []priors.Known, seed uint64) (priors.Inferrer, error) {
	ms := make([]priors.Measurement, len(known))
	for i, k := range known {
		ms[i] = k.Measurement
	}
	found, err := p.inferEach(ctx, ms, seed)
	if err != nil {
		return nil, err
	}
	gram, count := make([][]float64, len(found)), 0.0
	for k := range gram {
		gram[k] = make([]float64, len(found))
	}
	for i, signal := range known {
		if e := errorsOf(found, i, signal); e != nil {
			addProducts(gram, e)
			count++
		}
	}
	if count == 0 {
		return nil, errors.New("no validation signal has been reconstructed by all members, so the members cannot be weighted")
	}
	return &Prior{members: p.members, weights: leastOnSimplex(gram)}, nil
}

// errorsOf returns the errors of the members in the fluxes that count of known signal i, or nil if
// one of them is not finite, or there are none.
func errorsOf(found [][]priors.Inferred, i int, signal priors.Known) [][]float64 {
	e := make([][]float64, len(found))
	for k := range found {
		f := found[k][i]
		for j, counts := range signal.Counts {
			if !counts {
				continue
			}
			v := f.Scale*float64(f.X[j]) - float64(signal.Flux[j])
			if v-v != 0 {
				return nil
			}
			e[k] = append(e[k], v)
		}
	}
	if len(e[0]) == 0 {
		return nil
	}
	return e
}

// addProducts adds to gram the mean products of the errors of one signal. As weights sum to 1, wᵀ gram w
// is the mean square error of the average, but for a factor.
func addProducts(gram, e [][]float64) {
	for k := range gram {
		for l := range gram {
			sum := 0.0
			for j, v := range e[k] {
				sum += v * e[l][j]
			}
			gram[k][l] += sum / float64(len(e[k]))
		}
	}
}

// The descent of leastOnSimplex ends after so many steps, or when no step changes the objective by
// more than this share.
const (
	mostSteps = 10000
	precision = 1e-14
)

// leastOnSimplex returns the w ≥ 0 with Σ w = 1 at which wᵀ G w is least, for a positive
// semidefinite G. Each step moves weight, as much as is best, from the member whose gradient is
// the largest to that with the smallest.
func leastOnSimplex(g [][]float64) []float64 {
	w := make([]float64, len(g))
	for k := range w {
		w[k] = 1 / float64(len(w))
	}
	for range mostSteps {
		slope, objective := make([]float64, len(w)), 0.0 // half the gradient
		for k := range w {
			for l, v := range w {
				slope[k] += g[k][l] * v
			}
			objective += w[k] * slope[k]
		}
		to, from := 0, -1
		for k, v := range slope {
			if v < slope[to] {
				to = k
			}
			if w[k] > 0 && (from < 0 || v > slope[from]) {
				from = k
			}
		}
		gain := slope[from] - slope[to]
		if !(gain > precision*objective) {
			break
		}
		move := w[from]
		if curve := g[to][to] + g[from][from] - 2*g[to][from]; curve > 0 {
			move = math.Min(move, gain/curve)
		}
		if w[to] += move; move == w[from] {
			w[from] = 0
			continue
		}
		w[from] -= move
	}
	return w
}
