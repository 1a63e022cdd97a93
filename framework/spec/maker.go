package spec

import (
	"slices"
	"strings"

	"sedlab/internal/yamlpos"
)

// maker makes the points of one block.
type maker struct {
	*reader
	file  *File
	block block
	keys  []string // swept by any block
	axes  [][]int  // for each of parts, the axes that change it
	swept [][]int  // for each of parts, the indices of its keys
	known []map[int]state
}

// state is a decoded part, which points share.
type state struct {
	set   func(*Spec) // sets the part of a point's spec
	swept []any       // the values of its swept keys
}

func newMaker(r *reader, f *File, b block, keys []string) *maker {
	m := &maker{reader: r, file: f, block: b, keys: keys}
	m.axes, m.swept, m.known = make([][]int, len(parts)), make([][]int, len(parts)), make([]map[int]state, len(parts))
	for i, p := range parts {
		m.known[i] = map[int]state{}
		for k, a := range b {
			if slices.ContainsFunc(a.keys, func(key string) bool { return slices.Contains(p.reads, partName(key)) }) {
				m.axes[i] = append(m.axes[i], k)
			}
		}
		for k, key := range keys {
			if partName(key) == p.name {
				m.swept[i] = append(m.swept[i], k)
			}
		}
	}
	return m
}

// point makes the point with the given row of each axis.
func (m *maker) point(rows []int) Point {
	base := m.file.Base
	p := Point{Spec: &Spec{Name: base.Name, Select: base.Select}, Values: make([]Value, len(m.keys))}
	for k, key := range m.keys {
		p.Values[k].Key = key
	}
	for i := range parts {
		s := m.state(i, rows)
		s.set(p.Spec)
		for k, key := range m.swept[i] {
			p.Values[key].Value = s.swept[k]
		}
	}
	if k := slices.Index(m.keys, repeatWord); k >= 0 {
		p.Values[k].Value = m.repetition(p.Spec.Seed, rows)
	}
	return p
}

// state returns a part at a point. It is decoded once for all points that share it.
func (m *maker) state(i int, rows []int) state {
	index := 0
	for _, k := range m.axes[i] {
		index = index*len(m.block[k].rows) + rows[k]
	}
	if s, ok := m.known[i][index]; ok {
		return s
	}
	set, node := parts[i].decode(m.reader, m.rootWith(m.axes[i], rows))
	s := state{set, make([]any, len(m.swept[i]))}
	for k, key := range m.swept[i] {
		s.swept[k] = plainValue(node, strings.TrimPrefix(m.keys[key], parts[i].name+"."))
	}
	m.known[i][index] = s
	return s
}

// plainValue returns the value of a part, or of a key below it: a float64, bool or
// string, the JSON of a list or section as a string, or nil.
func plainValue(part *yamlpos.Node, key string) any {
	n := part
	if part.Kind == yamlpos.Mapping {
		n = part.Get(key)
	}
	if n == nil {
		return nil
	}
	if v, ok := n.Scalar(); ok {
		return v
	}
	return jsonOf(n)
}

// rootAt returns the tree of a point.
func (m *maker) rootAt(rows []int) *yamlpos.Node {
	all := make([]int, len(m.block))
	for k := range all {
		all[k] = k
	}
	return m.rootWith(all, rows)
}

// rootWith returns the file's tree with the values of some axes.
func (m *maker) rootWith(axes, rows []int) *yamlpos.Node {
	root := m.file.root
	for _, k := range axes {
		a := m.block[k]
		for j, value := range a.rows[rows[k]] {
			if value != nil {
				root = withKey(root, m.file.fields, a.keys[j], value)
			}
		}
	}
	return root
}

// repetition returns the number of a point's repetition, from 1. In a block without
// repeat, the points with the file's own seed are the first repetition.
func (m *maker) repetition(seed uint64, rows []int) any {
	for i, a := range m.block {
		if a.word == repeatWord {
			return float64(rows[i] + 1)
		}
	}
	if seed == m.file.Base.Seed {
		return 1.0
	}
	return nil
}

// identity holds everything that a point depends on, as a comparable value. Points of one
// file with equal identities are equal.
type identity struct {
	seed     uint64
	seeds    Seeds
	dataset  *Dataset
	priors   **Prior // the first element of a shared list
	problem  *Problem
	solver   *Solver
	evaluate *Evaluate
}

func (s *Spec) identity() identity {
	id := identity{s.Seed, s.Seeds, s.Dataset, nil, s.Problem, s.Solver, s.Evaluate}
	if len(s.Priors) > 0 {
		id.priors = &s.Priors[0]
	}
	return id
}

// part is a section of a spec that a sweep can change.
type part struct {
	name   string
	reads  []string // sections that it depends on, with its own
	decode func(r *reader, root *yamlpos.Node) (set func(*Spec), node *yamlpos.Node)
}

// parts are everything that a sweep can change. Each is decoded once for each
// combination of rows of the axes that change it.
var parts = []part{
	{"seed", []string{"seed"}, func(r *reader, root *yamlpos.Node) (func(*Spec), *yamlpos.Node) {
		var d struct {
			Seed uint64 `spec:"seed" default:"0"`
		}
		r.yaml.Decode(root.Only("seed"), "", &d)
		return func(s *Spec) { s.Seed = d.Seed }, yamlpos.Encode(d).Child("seed")
	}},
	{"seeds", []string{"seed", "seeds"}, func(r *reader, root *yamlpos.Node) (func(*Spec), *yamlpos.Node) {
		var d struct {
			Seed  uint64   `spec:"seed" default:"0"`
			Seeds seedKeys `spec:"seeds"`
		}
		r.yaml.Decode(root.Only("seed", "seeds"), "", &d)
		all := d.Seeds.of(d.Seed)
		return func(s *Spec) { s.Seeds, s.seeds = all, d.Seeds }, all.node()
	}},
	{"dataset", []string{"dataset"}, func(r *reader, root *yamlpos.Node) (func(*Spec), *yamlpos.Node) {
		d := r.dataset(root)
		return func(s *Spec) { s.Dataset = d }, d.node()
	}},
	{"priors", []string{"priors", "solver"}, func(r *reader, root *yamlpos.Node) (func(*Spec), *yamlpos.Node) {
		list := priorList(r.priors(root))
		shared := share(r, &list, list.identityNode())
		return func(s *Spec) { s.Priors = *shared }, list.node()
	}},
	{"problem", []string{"problem"}, func(r *reader, root *yamlpos.Node) (func(*Spec), *yamlpos.Node) {
		p, n := r.problem(root)
		return func(s *Spec) { s.Problem = p }, n
	}},
	{"solver", []string{"solver"}, func(r *reader, root *yamlpos.Node) (func(*Spec), *yamlpos.Node) {
		solver := r.solver(root)
		return func(s *Spec) { s.Solver = solver }, solver.node("method")
	}},
	{"evaluate", []string{"evaluate"}, func(r *reader, root *yamlpos.Node) (func(*Spec), *yamlpos.Node) {
		var e Evaluate
		r.yaml.Decode(root.Child("evaluate"), "evaluate", &e)
		n := yamlpos.Encode(e)
		shared := share(r, &e, n)
		return func(s *Spec) { s.Evaluate = shared }, n
	}},
}

// partName returns the name of the part that a key belongs to.
func partName(key string) string {
	name, _, _ := strings.Cut(key, ".")
	return name
}
