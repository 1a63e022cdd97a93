package spec

import (
	"cmp"
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
		zipWord: s.zip, pointsWord: s.points, randomWord: s.random, repeatWord: s.repeat, halvingWord: s.halve,
	}
	decode, ok := words[e.Key]
	if !ok {
		decode = func(*yamlpos.Node, string) *axis { return s.list(e, path) }
	}
	a := decode(e.Value, path)
	if a != nil {
		a.pos = e.Pos
	}
	return a
}

// field returns the field of a swept key and whether it can be swept. An unknown key may
// be a misspelt key or one of words.
func (s *sweeper) field(e yamlpos.Entry, path string, words ...string) (yamlpos.Field, bool) {
	f, known := yamlpos.Find(s.fields, e.Key)
	if !known {
		problem := s.foreign(e.Key)
		if problem == "" {
			problem = "unknown key; " + insteadOfKey(e.Key, slices.Concat(words, sweepablePaths(s.fields)))
		}
		s.add(e.Pos, path, "%s", problem)
		return f, false
	}
	why := whyNotSweepable(e.Key, f)
	if why != "" {
		s.add(e.Pos, path, "%s", why)
	}
	return f, why == ""
}

// foreign says where a key can be swept that only kinds have which the block does not
// choose. It returns "" for other keys.
func (s *sweeper) foreign(key string) string {
	for _, slot := range s.slots.all(s.root) {
		below, ok := strings.CutPrefix(key, slot.Path+".")
		var owners []string
		for _, e := range slot.Kinds {
			if _, has := yamlpos.Find(e.Fields, below); ok && has {
				owners = append(owners, e.Name)
			}
		}
		if len(owners) > 0 {
			chosen := strings.Join(entryNames(slot.chosen(s.root.Get(slot.Path), s.block, false)), " or ")
			return fmt.Sprintf("is not a key of %s; expected it in a block with %s: %s", cmp.Or(chosen, "what is chosen"),
				yamlpos.Join(slot.Path, slot.Key.Name), strings.Join(owners, " or "))
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
	return &axis{keys: []string{e.Key}, size: v.size, columns: []column{v.column}}
}

// zip decodes keys whose lists are walked in step.
func (s *sweeper) zip(n *yamlpos.Node, path string) *axis {
	if n.Kind != yamlpos.Mapping || len(n.Entries) == 0 {
		s.add(n.Pos, path, "%s; expected keys with lists of the same length", n.Got())
		return nil
	}
	a := &axis{word: zipWord}
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
		if len(a.keys) > 0 && v.size != a.size {
			s.add(e.Value.Pos, path, "has %s values, but %s has %s; expected as many", count(v.size), a.keys[0], count(a.size))
		}
		s.addKey(a, e, path, v.column)
		if len(a.keys) == 1 {
			a.size = v.size
		}
	}
	return a
}

// addKey adds a key and its column to an axis, in which no two keys may exclude one
// another.
func (s *sweeper) addKey(a *axis, e yamlpos.Entry, path string, c column) {
	s.checkAlone(e, a.keys, path)
	a.keys, a.columns = append(a.keys, e.Key), append(a.columns, c)
}

// checkAlone refuses a key that cannot be given together with others.
func (s *sweeper) checkAlone(e yamlpos.Entry, others []string, path string) {
	if excluded := s.excluded(e.Key, others); excluded != "" {
		s.add(e.Pos, path, "excludes %s; expected one of them alone", excluded)
	}
}

// points decodes points that are written out. A key that a point leaves out keeps the
// spec's value.
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
			s.checkAlone(e, own, path)
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

// maxSeed bounds seeds, so that every reader of tables holds them exactly.
const maxSeed = 1 << 53

// repeat decodes repetitions: their number, or the seed of each.
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
	before := s.yaml.Errs.Added()
	v := s.yaml.Value(number, n, path)
	if s.yaml.Errs.Added() > before {
		return nil
	}
	size, _ := v.Scalar()
	a.size = size.(float64)
	a.columns = []column{func(base uint64, i int) *yamlpos.Node {
		return s.number(seed, float64(repetitionSeed(base, i)), n.Pos, path)
	}}
	return a
}

// repetitionSeed returns the seed of a repetition, counted from 0. The first repetition
// has the spec's own seed.
func repetitionSeed(base uint64, i int) uint64 {
	if i == 0 {
		return base
	}
	return rng.New(base, "repeat", uint64(i)).Uint64() % maxSeed
}
