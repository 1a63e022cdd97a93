package runner

import (
	"context"
	"math"
	"slices"
	"sync"

	"sedlab/datasets"
	"sedlab/internal/kind"
	"sedlab/reports/scores"
	"sedlab/solvers"
)

// calibration scales the standard deviations that a cell's prior gives, so that they are right
// for validation signals under the cell's own problem: one factor for hidden fluxes, and one
// for observed ones.
type calibration struct {
	ids  []int // validation signals
	tile int

	mu               sync.Mutex
	next, open       int // first signal that no worker has; tiles that are not done
	done             *sync.Cond
	cases            []scores.Case // by signal
	err              error
	hidden, observed float64 // factors, NaN to leave all as it is; 0 before all is done
}

func newCalibration(c *cell, count int) *calibration {
	s := c.job.Point.Spec
	k := &calibration{tile: max(1, c.job.Prior.Solver.Config.Tile())}
	k.done = sync.NewCond(&k.mu)
	for _, id := range datasets.Ranked(c.data.split.Validation, s.Seeds.Split) {
		if len(k.ids) < count && c.data.set.Bad(id) == "" {
			k.ids = append(k.ids, id)
		}
	}
	k.cases = make([]scores.Case, len(k.ids))
	return k
}

// make finds the factors. Workers that come meanwhile share the work. It does nothing if k is nil.
func (k *calibration) make(ctx context.Context, c *cell) error {
	if k == nil {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for k.next < len(k.ids) && k.err == nil {
		lo := k.next
		k.next = min(lo+k.tile, len(k.ids))
		hi := k.next
		k.open++
		k.mu.Unlock()
		err := k.solve(ctx, c, lo, hi)
		k.mu.Lock()
		if k.open--; k.err == nil {
			k.err = err
		}
		k.done.Broadcast()
	}
	for k.open > 0 {
		k.done.Wait()
	}
	if k.err == nil && k.hidden == 0 {
		k.hidden, k.observed = k.factors()
		k.cases = nil
	}
	return k.err
}

// solve reconstructs the validation signals [lo, hi).
func (k *calibration) solve(ctx context.Context, c *cell, lo, hi int) (err error) {
	defer kind.Guard(&err, "")
	var ms []solvers.Measurement
	for _, id := range k.ids[lo:hi] {
		m, _ := c.measure(id)
		ms = append(ms, m)
	}
	estimates, err := c.estimate(ctx, ms)
	for i, e := range estimates {
		if e.X != nil {
			k.cases[lo+i] = c.caseOf(ms[i], e)
		}
	}
	return err
}

// factors returns the factors on the standard deviations of hidden and of observed fluxes: NaN
// where there are none, and for observed fluxes unless the noise-free signals are known, because
// their noise is in the reconstruction too.
func (k *calibration) factors() (hidden, observed float64) {
	var of [2][][]miss
	clean := true
	for _, c := range k.cases {
		if c.Estimate == nil { // it failed
			continue
		}
		of[0] = append(of[0], missesOf(c, func(flux int) bool { return c.Observed != nil && !c.Observed[flux] }))
		if c.Clean != nil {
			of[1] = append(of[1], missesOf(c, func(flux int) bool { return c.Observed == nil || c.Observed[flux] }))
		}
		clean = clean && c.Clean != nil
	}
	hidden, observed = factor(of[0]), factor(of[1])
	if !clean || len(k.ids) < few {
		hidden, observed = cautious(hidden, of[0]), cautious(observed, of[1])
	}
	if !clean {
		hidden = math.Max(hidden, 0.5)
	}
	return hidden, observed
}

// widen multiplies the standard deviations of a case. It returns the factor on those that
// coverage counts: of hidden fluxes, or of all if none is hidden; NaN if there are none.
func (k *calibration) widen(c *scores.Case) float64 {
	if len(c.Sigma) == 0 {
		return math.NaN()
	}
	c.Sigma = slices.Clone(c.Sigma)
	counted := k.observed
	for j := range c.Sigma {
		by := k.observed
		if c.Observed != nil && !c.Observed[j] {
			by, counted = k.hidden, k.hidden
		}
		if !math.IsNaN(by) {
			c.Sigma[j] *= float32(by)
		}
	}
	return counted
}
