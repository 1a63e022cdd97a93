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
	axes  [][]int  // of each of parts, those that change it
	swept [][]int  // of each of parts, the indices of its keys
	known []map[int]state
}

// state is a part at some points.
type state struct {
	value any   // as part.decode returns it
	swept []any // its swept keys' values
}

func newMaker(r *reader, f *File, b block, keys []string) *maker {
	m := &maker{reader: r, file: f, block: b, keys: keys}
	m.axes, m.swept, m.known = make([][]int, len(parts)), make([][]int, len(parts)), make([]map[int]state, len(parts))
	for i, p := range parts {
		m.known[i] = map[int]state{}
		for k, a := range b {
			if slices.ContainsFunc(a.keys, func(key string) bool { return slices.Contains(p.above, partOf(key)) }) {
				m.axes[i] = append(m.axes[i], k)
			}
		}
		for k, key := range keys {
			if partOf(key) == p.name {
				m.swept[i] = append(m.swept[i], k)
			}
		}
	}
	return m
}

// point makes the point whose row on each axis is at.
func (m *maker) point(at []int) Point {
	base := m.file.Base
	p := Point{Spec: &Spec{Name: base.Name, Select: base.Select}, Values: make([]Value, len(m.keys))}
	for k, key := range m.keys {
		p.Values[k].Key = key
	}
	for i := range parts {
		s := m.state(i, at)
		switch v := s.value.(type) {
		case uint64:
			p.Spec.Seed = v
		case *Dataset:
			p.Spec.Dataset = v
		case *priorList:
			p.Spec.Priors = *v
		case *Problem:
			p.Spec.Problem = v
		case *Solver:
			p.Spec.Solver = v
		case *Evaluate:
			p.Spec.Evaluate = v
		}
		for k, at := range m.swept[i] {
			p.Values[at].Value = s.swept[k]
		}
	}
	if k := slices.Index(m.keys, repeatWord); k >= 0 {
		p.Values[k].Value = m.repetition(p.Spec.Seed, at)
	}
	return p
}

// state returns a part at a point, which is decoded once for all points that
// have it.
func (m *maker) state(i int, at []int) state {
	index := 0
	for _, k := range m.axes[i] {
		index = index*len(m.block[k].rows) + at[k]
	}
	if s, ok := m.known[i][index]; ok {
		return s
	}
	value, node := parts[i].decode(m.reader, m.rootWith(m.axes[i], at))
	s := state{value: value, swept: make([]any, len(m.swept[i]))}
	for k, key := range m.swept[i] {
		s.swept[k] = plainValue(node, strings.TrimPrefix(m.keys[key], parts[i].name+"."))
	}
	m.known[i][index] = s
	return s
}

// plainValue returns what a part, or a key below it, is.
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
func (m *maker) rootAt(at []int) *yamlpos.Node {
	all := make([]int, len(m.block))
	for k := range all {
		all[k] = k
	}
	return m.rootWith(all, at)
}

// rootWith returns the file's tree with the values of some axes.
func (m *maker) rootWith(axes, at []int) *yamlpos.Node {
	root := m.file.root
	for _, k := range axes {
		a := m.block[k]
		for j, value := range a.rows[at[k]] {
			if value != nil {
				root = with(root, m.file.fields, a.keys[j], value)
			}
		}
	}
	return root
}

// repetition is the number, from 1, of the repetition that a point is. A block
// without repeat has the first one, with the file's own seed.
func (m *maker) repetition(seed uint64, at []int) any {
	for i, a := range m.block {
		if a.word == repeatWord {
			return float64(at[i] + 1)
		}
	}
	if seed == m.file.Base.Seed {
		return 1.0
	}
	return nil
}

// identity is comparable: specs of one file with equal identities are equal.
type identity struct {
	seed     uint64
	dataset  *Dataset
	priors   **Prior // the beginning of a shared list
	problem  *Problem
	solver   *Solver
	evaluate *Evaluate
}

func (s *Spec) identity() identity {
	id := identity{s.Seed, s.Dataset, nil, s.Problem, s.Solver, s.Evaluate}
	if len(s.Priors) > 0 {
		id.priors = &s.Priors[0]
	}
	return id
}

// part is a section of a spec as far as points differ in it.
type part struct {
	name   string
	above  []string // parts that it depends on, itself included
	decode func(r *reader, root *yamlpos.Node) (value any, node *yamlpos.Node)
}

// parts are all that a sweep can change. Each is decoded once for each
// combination of the values of the axes that change it.
var parts = []part{
	{"seed", []string{"seed"}, func(r *reader, root *yamlpos.Node) (any, *yamlpos.Node) {
		var d struct {
			Seed uint64 `spec:"seed" default:"0"`
		}
		r.yaml.Decode(root.Only("seed"), "", &d)
		return d.Seed, yamlpos.Encode(d).Child("seed")
	}},
	{"dataset", []string{"dataset"}, func(r *reader, root *yamlpos.Node) (any, *yamlpos.Node) {
		d := r.dataset(root)
		return d, d.node()
	}},
	{"priors", []string{"priors", "solver"}, func(r *reader, root *yamlpos.Node) (any, *yamlpos.Node) {
		list := priorList(r.priors(root))
		shared := share(r, &list, list.sharedNode())
		return shared, list.node()
	}},
	{"problem", []string{"problem"}, func(r *reader, root *yamlpos.Node) (any, *yamlpos.Node) {
		p := r.problem(root)
		return p, p.node()
	}},
	{"solver", []string{"solver"}, func(r *reader, root *yamlpos.Node) (any, *yamlpos.Node) {
		s := r.solver(root)
		return s, s.node("method")
	}},
	{"evaluate", []string{"evaluate"}, func(r *reader, root *yamlpos.Node) (any, *yamlpos.Node) {
		var e Evaluate
		r.yaml.Decode(root.Child("evaluate"), "evaluate", &e)
		n := yamlpos.Encode(e)
		return share(r, &e, n), n
	}},
}

// partOf returns the name of the part that a key belongs to.
func partOf(key string) string {
	name, _, _ := strings.Cut(key, ".")
	return name
}

// priorList is the section priors.
type priorList []*Prior

func (l priorList) node() *yamlpos.Node {
	n := &yamlpos.Node{Kind: yamlpos.Mapping}
	for _, p := range l {
		n.Entries = append(n.Entries, yamlpos.Entry{Key: p.Name, Value: p.node()})
	}
	return n
}

func (l priorList) sharedNode() *yamlpos.Node {
	n := &yamlpos.Node{Kind: yamlpos.Sequence}
	for _, p := range l {
		n.Items = append(n.Items, p.sharedNode())
	}
	return n
}
