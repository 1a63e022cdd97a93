package spec

import (
	"fmt"
	"slices"

	"sedlab/internal/rng"
	"sedlab/internal/yamlpos"
)

// maxSeed keeps seeds to what every table reader holds exactly.
const maxSeed = 1 << 53

// repeat decodes repetitions: their number, or the seed of each, which is how
// they are written out.
func (s *sweeper) repeat(n *yamlpos.Node, path string) *axis {
	seed, _ := yamlpos.Find(s.fields, "seed")
	a := &axis{word: repeatWord, keys: []string{"seed"}}
	if n.Kind == yamlpos.Sequence && len(n.Items) > 0 {
		for i, item := range n.Items {
			v := s.yaml.Value(seed, item, fmt.Sprintf("%s[%d]", path, i))
			if slices.ContainsFunc(a.rows, func(row []*yamlpos.Node) bool { return row[0].Value == v.Value }) {
				s.add(item.Pos, path, "repeats the seed %s; expected another for each repetition", v.Value)
			}
			a.rows = append(a.rows, []*yamlpos.Node{v})
		}
		a.size = float64(len(a.rows))
		return a
	}
	var times struct {
		N int `spec:"n" range:"[1,1000000000]"`
	}
	number := yamlpos.Fields(times)[0]
	before := s.yaml.Errs.Len()
	v := s.yaml.Value(number, n, path)
	if s.yaml.Errs.Len() > before {
		return nil
	}
	size, _ := v.Scalar()
	a.size = size.(float64)
	a.make = func(base uint64) row {
		return func(i int) []*yamlpos.Node {
			return []*yamlpos.Node{s.number(seed, float64(repetitionSeed(base, i)), n.Pos, path)}
		}
	}
	return a
}

// repetitionSeed returns the seed of a repetition, counted from 0, of an
// experiment with a seed: the first is the experiment itself.
func repetitionSeed(base uint64, i int) uint64 {
	if i == 0 {
		return base
	}
	return rng.New(base, "repeat", uint64(i)).Uint64() % maxSeed
}
