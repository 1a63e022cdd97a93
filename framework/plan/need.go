package plan

import (
	"fmt"
	"slices"

	"sedlab/framework/spec"
	"sedlab/operators"
)

// The memory model [bytes]: the program itself, a flux of a data set with its mask,
// a row of results, a flux of a kept reconstruction. Go's garbage collector lets the
// heap grow to twice what is in use, unless that exceeds its limit.
const (
	programBytes = 40e6
	fluxBytes    = 4 + 1
	rowBytes     = 400
	keptBytes    = 4 + 4 + 1
	heapGrowth   = 2
)

// Need is what a run of a plan cannot do without.
type Need struct {
	Rows   float64 // of signals.parquet
	Memory float64 // bytes
	// Key is the spec's key that asks for most of the memory, and What says what it is for.
	Key, What string
}

// Need returns what a run of the plan needs, as far as the sizes of its data are known;
// those that are not are 0. trains says of a training, by its index, whether it is still to
// be done.
func (p *Plan) Need(size func(*spec.Dataset) Size, trains func(training int) bool) Need {
	parts := p.need(size, trains)
	n := Need{Rows: parts.rows, Memory: programBytes + parts.live()}
	most := part{}
	for _, part := range []part{parts.data, parts.training, parts.operator, parts.results} {
		if part.bytes > most.bytes {
			most = part
		}
	}
	n.Key, n.What = most.key, most.what
	return n
}

// part is a part of the memory that a run needs.
type part struct {
	bytes     float64
	key, what string
}

// parts are what a run holds at once: all data sets, and one training after the other or,
// later, the results and the operator of one cell after the other.
type parts struct {
	rows                              float64
	data, training, operator, results part
}

func (p parts) live() float64 {
	return p.data.bytes + max(p.training.bytes, p.operator.bytes+p.results.bytes)
}

func (p *Plan) need(size func(*spec.Dataset) Size, trains func(training int) bool) (all parts) {
	data := map[Data]bool{}
	for i, t := range p.Trainings {
		if !trains(i) {
			continue
		}
		n := size(t.Dataset)
		fluxes := float64(n.Signals) * float64(n.Fluxes)
		if !data[t.Data] {
			data[t.Data] = true
			all.data = part{all.data.bytes + fluxBytes*fluxes, "dataset", fmt.Sprintf("%d signals of %d fluxes", n.Signals, n.Fluxes)}
		}
		if bytes := 4*t.Dataset.Split.Train*fluxes + t.Cost(n).Memory; bytes > all.training.bytes {
			all.training = part{bytes, "priors." + t.Prior.Name, fmt.Sprintf("the training on %d fluxes", n.Fluxes)}
		}
	}
	for _, c := range p.Cells {
		s := c.Point.Spec
		n := size(s.Dataset)
		signals := evaluated(s, n)
		kept := signals
		if s.Evaluate.Keep != spec.KeepAll {
			kept = min(kept, float64(s.Evaluate.Keep))
		}
		all.rows += signals
		all.results.bytes += rowBytes*signals + keptBytes*kept*float64(n.Fluxes)
		if o, ok := s.Problem.Operator.Config.(operators.Sized); ok && slices.ContainsFunc(c.Trainings, trains) {
			if bytes := o.Memory(n.Fluxes); bytes > all.operator.bytes {
				all.operator = part{bytes, "problem.operator", fmt.Sprintf("%s of %d fluxes", s.Problem.Operator.Kind.Name, n.Fluxes)}
			}
		}
	}
	all.results.key, all.results.what = "evaluate", fmt.Sprintf("%.0f rows of results, and what is kept", all.rows)
	return all
}
