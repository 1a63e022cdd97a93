package plan

import (
	"fmt"

	"sedlab/framework/cache"
	"sedlab/framework/spec"
	"sedlab/priors"
)

// Size is the number of signals in a data set, and their length.
type Size struct{ Signals, Fluxes int }

// Rates are the speeds of a machine, in floating-point operations per second.
type Rates struct {
	Network float64 // training and searching generators, on all workers
	Exact   float64 // linear algebra of affine priors, in double precision
}

// Estimate is the time [s] and memory that a plan is expected to take. Priors that do not
// implement priors.Coster count as 0.
type Estimate struct {
	Seconds  float64 `json:"seconds"`
	Training float64 `json:"training_seconds"`
	Solving  float64 `json:"solving_seconds"`
	Memory   float64 `json:"memory_bytes"`
}

// Estimate returns the time of the trainings and cells that are not done, at the
// given rates; left is the share of each that is left to do, 0 if it is done. Its memory is that of all data sets and results and of the largest
// training, since trainings run one after the other.
func (p *Plan) Estimate(size func(*spec.Dataset) Size, rates Rates, left func(cache.Key) float64) Estimate {
	var e Estimate
	trainings, cells := p.Seconds(size, rates, left)
	for _, seconds := range trainings {
		e.Training += seconds
	}
	for _, seconds := range cells {
		e.Solving += seconds
	}
	e.Seconds = e.Training + e.Solving
	needed := p.Needed(left)
	e.Memory = programBytes + heapGrowth*p.need(size, func(training int) bool { return needed[training] }).live()
	return e
}

// Seconds returns the time [s] of each training and of each cell, with the arguments of
// Estimate. A training that no cell needs takes none.
func (p *Plan) Seconds(size func(*spec.Dataset) Size, rates Rates, left func(cache.Key) float64) (trainings, cells []float64) {
	trainings, cells = make([]float64, len(p.Trainings)), make([]float64, len(p.Cells))
	needed := p.Needed(left)
	for i, t := range p.Trainings {
		if share := left(t.Key); needed[i] && share > 0 {
			c := t.Cost(size(t.Dataset))
			trainings[i] = share * (c.Training/rates.rate(c) + c.Linear/rates.Exact)
		}
	}
	type represented struct {
		trainings string
		prior     *spec.Prior
	}
	known := map[represented]bool{}
	for i, c := range p.Cells {
		if left(c.Key) == 0 {
			continue
		}
		n := size(c.Point.Spec.Dataset)
		cells[i] = p.Solving(c, n, rates)
		if of := (represented{fmt.Sprint(c.Trainings), c.Prior}); c.Point.Spec.Evaluate.Oracle && !known[of] {
			known[of] = true
			cells[i] += p.solving(c, n, rates, evaluated(c.Point.Spec, n))
		}
	}
	return trainings, cells
}

// Needed returns which trainings, by their index, the cells that are not done need; left is as for
// Estimate.
func (p *Plan) Needed(left func(cache.Key) float64) []bool {
	needed := make([]bool, len(p.Trainings))
	for _, c := range p.Cells {
		for _, t := range c.Trainings {
			needed[t] = needed[t] || left(c.Key) > 0
		}
	}
	return needed
}

// Memory returns the memory [bytes] that a process is expected to take which does all of
// the plan.
func (p *Plan) Memory(size func(*spec.Dataset) Size) float64 {
	return programBytes + heapGrowth*p.need(size, func(int) bool { return true }).live()
}

// Solving returns the time [s] that a cell is expected to take at the given rates.
func (p *Plan) Solving(c Cell, n Size, rates Rates) float64 {
	return p.solving(c, n, rates, evaluated(c.Point.Spec, n)+fitting(c, n)+atMost(c.Prior.Calibrated(c.Point.Spec.Evaluate), c.Point.Spec.Dataset, "validation", n))
}

func (p *Plan) solving(c Cell, n Size, rates Rates, signals float64) (seconds float64) {
	for k, part := range c.Prior.Parts() {
		cost := costOf(part, p.Trainings[c.Trainings[k]].Dataset, n)
		seconds += signals * part.Solver.Config.Cost(cost) / rates.rate(cost)
	}
	return seconds
}

// FittingSignals bounds the validation signals that a priors.Fitter is fitted to, for each cell.
const FittingSignals = 100

// evaluated returns roughly how many signals of a point are evaluated.
func evaluated(s *spec.Spec, n Size) float64 {
	return atMost(s.Evaluate.Signals, s.Dataset, s.Evaluate.Split, n)
}

// fitting returns roughly how many validation signals a cell's prior is fitted to.
func fitting(c Cell, n Size) float64 {
	if c.Prior.Composer() == nil || c.Prior.Validates() == "" {
		return 0
	}
	return atMost(FittingSignals, c.Point.Spec.Dataset, "validation", n)
}

// atMost returns a number, or roughly that of all signals of a side, if there are fewer.
func atMost(number int, d *spec.Dataset, side string, n Size) float64 {
	share := d.Split.Share(side)
	if d.Split.Column != "" {
		share = 1 // unknown
	}
	return min(float64(number), share*float64(n.Signals))
}

// rate returns the speed that applies to a cost.
func (r Rates) rate(c priors.Cost) float64 {
	if c.Network != nil {
		return r.Network
	}
	return r.Exact
}

// Cost returns the cost of the training's prior on a data set of the given size,
// or zero if the prior does not implement priors.Coster.
func (t Training) Cost(n Size) priors.Cost { return costOf(t.Prior, t.Dataset, n) }

// costOf returns the cost of a prior that is trained on a data set. Priors that share a training
// may differ in the cost of their own search.
func costOf(p *spec.Prior, d *spec.Dataset, n Size) priors.Cost {
	c, ok := p.Config.(priors.Coster)
	if !ok {
		return priors.Cost{}
	}
	return c.Cost(int(d.Split.Train*float64(n.Signals)), n.Fluxes)
}

// Heaviest returns the most expensive training of a network, if there is one.
func (p *Plan) Heaviest(size func(*spec.Dataset) Size) (heaviest Training, ok bool) {
	most := 0.
	for _, t := range p.Trainings {
		if c := t.Cost(size(t.Dataset)); c.Network != nil && c.Training > most {
			heaviest, ok, most = t, true, c.Training
		}
	}
	return heaviest, ok
}
