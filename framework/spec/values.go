package spec

import (
	"math"
	"math/big"
	"strconv"

	"sedlab/internal/yamlpos"
)

// values are what a swept key is given; they may be too many to write out.
type values struct {
	size float64
	column
}

// values decodes a list, a single value, or a range.
func (s *sweeper) values(f yamlpos.Field, n *yamlpos.Node, path string) (values, bool) {
	if n.Kind == yamlpos.Mapping {
		return s.valueRange(f, n, path)
	}
	items := []*yamlpos.Node{n}
	if n.Kind == yamlpos.Sequence {
		items = n.Items
	}
	if len(items) == 0 {
		s.add(n.Pos, path, "%s; expected one value or more", n.Got())
		return values{}, false
	}
	list := make([]*yamlpos.Node, len(items))
	for i, item := range items {
		list[i] = s.yaml.Value(f, item, path)
	}
	return values{float64(len(list)), func(_ uint64, i int) *yamlpos.Node { return list[i] }}, true
}

// Range is a range of numbers for a swept key. Exactly one of Step and Count is given.
type Range struct {
	From  float64  `spec:"from" required:"true" example:"0.1" doc:"first value"`
	To    float64  `spec:"to" required:"true" example:"0.9" doc:"last value; if no step meets it, the range ends before it"`
	Step  *float64 `spec:"step" example:"0.1" doc:"distance between values, negative for falling ones; computed in decimal, so that steps of 0.1 give 0.3, not 0.30000000000000004"`
	Count *int     `spec:"count" range:"[2,1000000000]" example:"9" doc:"number of values, both ends included; rounded to whole numbers for a key that takes these"`
	Scale string   `spec:"scale" default:"linear" enum:"linear|log" doc:"with count: equal distances, or equal ratios, to 12 digits"`
}

// valueRange decodes a range. All values lie between the first and the last, so it
// checks these two at once and makes the others when they are needed.
func (s *sweeper) valueRange(f yamlpos.Field, n *yamlpos.Node, path string) (values, bool) {
	if f.List || f.Type != yamlpos.Number && f.Type != yamlpos.Integer {
		s.add(n.Pos, path, "%s; expected a list of values, as ranges are of numbers", n.Got())
		return values{}, false
	}
	var r Range
	if !s.yaml.Decode(n, path, &r) || !s.checkRange(r, f, n, path) {
		return values{}, false
	}
	before := s.yaml.Errs.Added()
	size, nth := r.numbers(f.Type == yamlpos.Integer)
	v := values{size, func(_ uint64, i int) *yamlpos.Node { return s.number(f, nth(float64(i)), n.Pos, path) }}
	s.number(f, nth(0), n.Child("from").Pos, path)
	if size < 1<<53 { // a float64 counts no further; no sweep is as large
		s.number(f, nth(size-1), n.Child("to").Pos, path)
	}
	return v, s.yaml.Errs.Added() == before
}

// number returns a number as a value of a field.
func (s *sweeper) number(f yamlpos.Field, v float64, pos yamlpos.Pos, path string) *yamlpos.Node {
	n := yamlpos.NumberNode(v)
	n.Pos = pos
	return s.yaml.Value(f, n, path)
}

// checkRange reports whether the keys of a range fit together, and adds an error if not.
func (s *sweeper) checkRange(r Range, f yamlpos.Field, n *yamlpos.Node, path string) bool {
	wrong := func(key, problem string) bool {
		s.add(n.Place(key), yamlpos.Join(path, key), "%s", problem)
		return false
	}
	switch {
	case (r.Step == nil) == (r.Count == nil):
		s.add(n.Pos, path, "has %s; expected exactly one of them", map[bool]string{true: "neither step nor count", false: "step and count"}[r.Step == nil])
		return false
	case r.Step != nil && *r.Step == 0:
		return wrong("step", "got 0; expected a step that leads from one end to the other")
	case r.Step != nil && (*r.Step > 0) != (r.To >= r.From) && r.To != r.From:
		return wrong("step", "leads away from the end; expected one with the other sign")
	case r.Step != nil && f.Type == yamlpos.Integer && *r.Step != math.Trunc(*r.Step):
		return wrong("step", "got "+yamlpos.NumberNode(*r.Step).Value+"; expected a whole number, as the key takes")
	case r.Scale == "log" && r.Count == nil:
		return wrong("scale", "got log with a step; expected a count")
	case r.Scale == "log" && r.From <= 0:
		return wrong("from", "has no logarithm; expected a number > 0")
	case r.Scale == "log" && r.To <= 0:
		return wrong("to", "has no logarithm; expected a number > 0")
	}
	return true
}

// numbers returns how many numbers a range has, and a function for each of them.
func (r Range) numbers(whole bool) (size float64, nth func(i float64) float64) {
	round := func(v float64) float64 { return v }
	if whole {
		round = math.Round
	}
	from, to := decimal(r.From), decimal(r.To)
	length := new(big.Rat).Sub(to, from)
	if r.Step != nil {
		steps := new(big.Rat).Quo(length, decimal(*r.Step))
		size, _ = new(big.Float).SetInt(new(big.Int).Quo(steps.Num(), steps.Denom())).Float64()
		return size + 1, func(i float64) float64 { return addSteps(from, decimal(*r.Step), i) }
	}
	intervals := float64(*r.Count - 1)
	if r.Scale == "linear" {
		step := length.Quo(length, decimal(intervals))
		return intervals + 1, func(i float64) float64 { return round(addSteps(from, step, i)) }
	}
	return intervals + 1, func(i float64) float64 {
		switch i {
		case 0:
			return r.From
		case intervals:
			return r.To
		}
		return round(roundDigits(math.Exp(math.Log(r.From)+float64(i/intervals*(math.Log(r.To)-math.Log(r.From)))), 12))
	}
}

// addSteps returns the float64 nearest to from + i·step.
func addSteps(from, step *big.Rat, i float64) float64 {
	sum := new(big.Rat).Mul(step, decimal(i))
	v, _ := sum.Add(sum, from).Float64()
	return v
}

// decimal returns the shortest decimal that reads back as v, which is what the author
// of the spec wrote.
func decimal(v float64) *big.Rat {
	r, _ := new(big.Rat).SetString(strconv.FormatFloat(v, 'e', -1, 64)) // a finite number cannot fail
	return r
}

// roundDigits rounds v to n significant digits, which removes the last bits of the
// logarithms, in which processors differ.
func roundDigits(v float64, n int) float64 {
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'e', n-1, 64), 64)
	return rounded
}
