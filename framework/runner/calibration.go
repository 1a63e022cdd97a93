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
	hidden, observed float64 // factors; 0 before all is done
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

// miss is the error of a flux, and the standard deviations of its estimate and of its noise.
type miss struct{ off, sigma, noise float64 }

// factors returns the factors on the standard deviations of hidden and of observed fluxes, 1 for
// those that there are none of.
func (k *calibration) factors() (hidden, observed float64) {
	var of [2][]miss
	for _, c := range k.cases {
		c.EachError(func(flux int, off, sigma, noise float64) {
			side := 1
			if c.Observed != nil && !c.Observed[flux] {
				side = 0
			}
			if sigma > 0 {
				of[side] = append(of[side], miss{math.Abs(off), sigma, noise})
			}
		})
	}
	return factor(of[0], len(k.ids)), factor(of[1], len(k.ids))
}

// The range of factors. Where the noise of the data hides the error, no factor can be found.
const leastFactor, mostFactor = 0.1, 100

// factor returns the factor s with which 68.27 % of errors are within √(s²σ² + ν²), a little more
// because the signals are few (Lei et al. 2018, JASA 113, 1094).
func factor(misses []miss, signals int) float64 {
	if len(misses) == 0 {
		return 1
	}
	// An error is within the interval from the factor √(off² − ν²)/σ on.
	from := make([]float64, len(misses))
	for i, m := range misses {
		from[i] = math.Sqrt(math.Max(0, m.off*m.off-m.noise*m.noise)) / m.sigma
	}
	slices.Sort(from)
	level := math.Min(0.6827*float64(signals+1)/float64(signals), 1)
	at := min(int(math.Ceil(level*float64(len(from))))-1, len(from)-1)
	return math.Min(math.Max(from[at], leastFactor), mostFactor)
}

// widen multiplies the standard deviations of a case. It returns the factor on those that
// coverage counts: of hidden fluxes, or of all if none is hidden; NaN if there are none.
func (k *calibration) widen(c *scores.Case) float64 {
	if len(c.Sigma) == 0 {
		return math.NaN()
	}
	sigma := make([]float32, len(c.Sigma))
	counted := k.observed
	for j, s := range c.Sigma {
		sigma[j] = s * float32(k.observed)
		if c.Observed != nil && !c.Observed[j] {
			sigma[j], counted = s*float32(k.hidden), k.hidden
		}
	}
	c.Sigma = sigma
	return counted
}
