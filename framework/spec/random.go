package spec

import (
	"math"
	"strconv"

	"sedlab/internal/rng"
	"sedlab/internal/yamlpos"
)

// RandomSearch is points drawn at random, by the spec's seed.
type RandomSearch struct {
	Count int           `spec:"count" required:"true" range:"[1,1000000000]" example:"20" doc:"number of points; a larger number keeps the points of a smaller one and adds to them"`
	Space *yamlpos.Node `spec:"space" required:"true" doc:"keys with a distribution each, such as solver.lr: {log_uniform: [1e-3, 1]}"`
}

// Distribution is what a key's values are drawn from. Exactly one field is given.
type Distribution struct {
	Uniform    []float64     `spec:"uniform" example:"[0.1, 0.9]" doc:"numbers from low to high, to 6 digits of their distance"`
	LogUniform []float64     `spec:"log_uniform" example:"[1e-4, 1e-1]" doc:"numbers from low to high whose logarithms are uniform, to 6 digits"`
	Integer    []int64       `spec:"integer" range:"[-9007199254740992,9007199254740992]" example:"[10, 50]" doc:"whole numbers from low to high, both included"`
	Choice     *yamlpos.Node `spec:"choice" example:"[16, 32, 64]" doc:"one of a list of values"`
}

// draw maps a uniform number in [0, 1) to a value.
type draw func(u float64) *yamlpos.Node

// random decodes points drawn at random.
func (s *sweeper) random(n *yamlpos.Node, path string) *axis {
	var search RandomSearch
	if !s.yaml.Decode(n, path, &search) {
		return nil
	}
	space, path := search.Space, yamlpos.Join(path, "space")
	if space.Kind != yamlpos.Mapping || len(space.Entries) == 0 {
		s.add(space.Pos, path, "%s; expected keys with one distribution each, such as solver.lr: {log_uniform: [1e-3, 1]}", space.Got())
		return nil
	}
	a := &axis{word: pointsWord, size: float64(search.Count)}
	for _, e := range space.Entries {
		path := yamlpos.Join(path, e.Key)
		f, ok := s.field(e, path)
		if !ok {
			continue
		}
		draw := s.distribution(f, e.Value, path)
		// Each key has a stream of its own, so that its values do not depend on other keys.
		s.addKey(a, e, path, func(seed uint64, i int) *yamlpos.Node {
			return draw(rng.Uniform(seed, "random search "+e.Key, uint64(i)))
		})
	}
	return a
}

// distribution decodes one distribution. Its ends must be values that the key can take.
func (s *sweeper) distribution(f yamlpos.Field, n *yamlpos.Node, path string) draw {
	var d Distribution
	if !s.yaml.Decode(n, path, &d) {
		return nil
	}
	if len(n.Entries) != 1 {
		s.add(n.Pos, path, "has %d of uniform, log_uniform, integer, choice; expected exactly one", len(n.Entries))
		return nil
	}
	e := n.Entries[0]
	path = yamlpos.Join(path, e.Key)
	if d.Choice != nil {
		return s.choice(f, d.Choice, path)
	}
	low, high, value := d.numbers()
	switch {
	case f.List || f.Type != yamlpos.Number && f.Type != yamlpos.Integer:
		s.add(e.Pos, path, "draws numbers, which the key does not take; expected choice")
		return nil
	case len(e.Value.Items) != 2 || low >= high || math.IsInf(high-low, 0):
		s.add(e.Value.Pos, path, "expected two numbers, [low, high] with low < high")
		return nil
	case d.LogUniform != nil && low <= 0:
		s.add(e.Value.Items[0].Pos, path, "%s, which has no logarithm; expected a number > 0", e.Value.Items[0].Got())
		return nil
	}
	s.number(f, low, e.Value.Items[0].Pos, path)
	s.number(f, high, e.Value.Items[1].Pos, path)
	if f.Type == yamlpos.Integer && d.Integer == nil {
		s.add(e.Pos, path, "gives fractions, but the key takes whole numbers; expected integer or choice")
	}
	return func(u float64) *yamlpos.Node {
		return s.number(f, min(max(value(u), low), high), e.Value.Pos, path)
	}
}

// numbers returns the ends of the distribution and a function that maps a uniform
// number in [0, 1) to one of its numbers.
func (d Distribution) numbers() (low, high float64, value func(u float64) float64) {
	ends := d.Uniform
	switch {
	case d.LogUniform != nil:
		ends = d.LogUniform
	case d.Integer != nil:
		for _, v := range d.Integer {
			ends = append(ends, float64(v))
		}
	}
	if len(ends) != 2 {
		return 0, 0, nil
	}
	low, high = ends[0], ends[1]
	switch {
	case d.LogUniform != nil:
		return low, high, func(u float64) float64 {
			return roundDigits(math.Exp(math.Log(low)+float64(u*(math.Log(high)-math.Log(low)))), 6)
		}
	case d.Integer != nil:
		return low, high, func(u float64) float64 { return low + math.Floor(u*(high-low+1)) }
	}
	return low, high, func(u float64) float64 { return roundRelative(low+float64(u*(high-low)), high-low) }
}

// roundRelative rounds v to a millionth of the order of magnitude of size.
func roundRelative(v, size float64) float64 {
	places := max(0, 6-int(math.Floor(math.Log10(size))))
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'f', places, 64), 64)
	return rounded
}

// choice decodes a list of values to draw from.
func (s *sweeper) choice(f yamlpos.Field, n *yamlpos.Node, path string) draw {
	if n.Kind != yamlpos.Sequence || len(n.Items) == 0 {
		s.add(n.Pos, path, "%s; expected a list of values", n.Got())
		return nil
	}
	var list []*yamlpos.Node
	for _, item := range n.Items {
		list = append(list, s.yaml.Value(f, item, path))
	}
	return func(u float64) *yamlpos.Node { return list[int(u*float64(len(list)))] }
}
