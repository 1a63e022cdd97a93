package spec

import (
	"fmt"
	"slices"
	"strings"

	"sedlab/internal/rng"
	"sedlab/internal/yamlpos"
)

// sweeper decodes the axes of one block.
type sweeper struct {
	*reader
	block  *yamlpos.Node
	fields []yamlpos.Field // keys that the block can sweep
}

// axis decodes one entry of a block, or returns nil.
func (s *sweeper) axis(e yamlpos.Entry, path string) *axis {
	words := map[string]func(*yamlpos.Node, string) *axis{
		zipWord: s.zip, pointsWord: s.points, randomWord: s.random, repeatWord: s.repeat,
		halvingWord: s.halve,
	}
	decode, ok := words[e.Key]
	if !ok {
		decode = func(n *yamlpos.Node, path string) *axis { return s.list(e, path) }
	}
	a := decode(e.Value, path)
	if a != nil {
		a.pos = e.Pos
	}
	return a
}

// field returns the field of a swept key, if it can be swept.
func (s *sweeper) field(e yamlpos.Entry, path string, words ...string) (yamlpos.Field, bool) {
	f, known := yamlpos.Find(s.fields, e.Key)
	if !known {
		problem := s.foreign(e.Key)
		if problem == "" {
			problem = "unknown key; " + instead(e.Key, slices.Concat(words, sweepablePaths(s.fields)))
		}
		s.add(e.Pos, path, "%s", problem)
		return f, false
	}
	why := sweepable(e.Key, f)
	if why != "" {
		s.add(e.Pos, path, "%s", why)
	}
	return f, why == ""
}

// foreign says of a key that no kind has which is chosen in the block, but
// another has, where it can be swept; it is "" for any other key.
func (s *sweeper) foreign(key string) string {
	for _, slot := range s.slots.in(s.root) {
		below, ok := strings.CutPrefix(key, slot.Path+".")
		owners := slices.DeleteFunc(slices.Clone(slot.Kinds), func(e Entry) bool {
			_, has := yamlpos.Find(e.Fields, below)
			return !ok || !has
		})
		if len(owners) > 0 {
			chosen := slot.chosen(s.root.Get(slot.Path), s.block, false)
			return fmt.Sprintf("is no key of %s; expected it in a block with %s: %s", strings.Join(namesOf(chosen), " or "),
				yamlpos.Join(slot.Path, slot.Key.Name), strings.Join(namesOf(owners), " or "))
		}
	}
	return ""
}

// list decodes the values of one key.
func (s *sweeper) list(e yamlpos.Entry, path string) *axis {
	f, ok := s.field(e, path, sweepWords...)
	if !ok {
		return nil
	}
	v, ok := s.values(f, e.Value, path)
	if !ok {
		return nil
	}
	return &axis{keys: []string{e.Key}, size: v.size, make: func(uint64) row {
		return func(i int) []*yamlpos.Node { return []*yamlpos.Node{v.at(i)} }
	}}
}

// zip decodes keys whose lists are walked in step.
func (s *sweeper) zip(n *yamlpos.Node, path string) *axis {
	if n.Kind != yamlpos.Mapping || len(n.Entries) == 0 {
		s.add(n.Pos, path, "%s; expected keys with lists of the same length", n.Got())
		return nil
	}
	a := &axis{word: zipWord}
	var lists []values
	for _, e := range n.Entries {
		path := yamlpos.Join(path, e.Key)
		f, ok := s.field(e, path)
		if !ok {
			continue
		}
		v, ok := s.values(f, e.Value, path)
		if !ok {
			continue
		}
		if len(lists) > 0 && v.size != lists[0].size {
			s.add(e.Value.Pos, path, "has %s values, but %s has %s; expected as many", count(v.size), a.keys[0], count(lists[0].size))
		}
		if i := s.excluded(e.Key, a.keys); i >= 0 {
			s.add(e.Pos, path, "excludes %s; expected one of them alone", a.keys[i])
		}
		a.keys, lists, a.size = append(a.keys, e.Key), append(lists, v), v.size
	}
	a.make = func(uint64) row {
		return func(i int) (values []*yamlpos.Node) {
			for _, v := range lists {
				values = append(values, v.at(i))
			}
			return values
		}
	}
	return a
}

// points decodes points that are written out. What a point leaves out is as the
// spec has it.
func (s *sweeper) points(n *yamlpos.Node, path string) *axis {
	if n.Kind != yamlpos.Sequence || len(n.Items) == 0 {
		s.add(n.Pos, path, "%s; expected a list of points such as - {key: value, key: value}", n.Got())
		return nil
	}
	a := &axis{word: pointsWord, size: float64(len(n.Items))}
	for i, item := range n.Items {
		path := fmt.Sprintf("%s[%d]", path, i)
		if item.Kind != yamlpos.Mapping {
			s.add(item.Pos, path, "%s; expected a point such as {key: value, key: value}", item.Got())
			continue
		}
		row := make([]*yamlpos.Node, len(a.keys))
		var own []string
		for _, e := range item.Entries {
			path := yamlpos.Join(path, e.Key)
			f, ok := s.field(e, path)
			if !ok {
				continue
			}
			if i := s.excluded(e.Key, own); i >= 0 {
				s.add(e.Pos, path, "excludes %s; expected one of them alone", own[i])
			}
			own = append(own, e.Key)
			i := slices.Index(a.keys, e.Key)
			if i < 0 {
				i, a.keys, row = len(a.keys), append(a.keys, e.Key), append(row, nil)
			}
			row[i] = s.yaml.Value(f, e.Value, path)
		}
		a.rows = append(a.rows, row)
	}
	return a
}

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
