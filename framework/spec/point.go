package spec

import (
	"iter"
	"slices"

	"sedlab/internal/yamlpos"
)

// Point is one point of a sweep.
type Point struct {
	Values []Value `json:"values"` // of every swept key, in the order of the sweep
	Spec   *Spec   `json:"-"`
}

// Value is the value of a swept key at a point: a float64, bool or string. A list is its
// JSON as a string. The value is nil if the point's spec does not have the key. The value
// of the key repeat is the number of the repetition, from 1.
type Value struct {
	Key   string `json:"key"`
	Value any    `json:"value"`
}

// For returns the point as one of its priors sees it, and whether that differs: a sweep
// of the spec's solver does not change what the prior's own solver fixes.
func (p Point) For(prior *Prior) (own Point, differs bool) {
	if prior.own == nil {
		return p, false
	}
	values := slices.Clone(p.Values)
	for i, v := range values {
		if within(v.Key, "solver") {
			values[i].Value = p.Spec.Value(v.Key, prior)
			differs = differs || values[i].Value != v.Value
		}
	}
	return Point{values, p.Spec}, differs
}

// checkOverruled refuses a sweep of a key that the own solvers of all priors fix, or of
// a setting that the solver of the selected prior fixes: it would change nothing.
func (r *reader) checkOverruled(f *File) {
	for i, key := range f.SweptKeys() {
		if !within(key, "solver") {
			continue
		}
		trained := 0
		for _, prior := range f.Base.Priors {
			if prior.Composer() == nil {
				trained++
			}
		}
		var fixing []string // priors whose solver fixes the key
		for _, p := range f.points {
			for _, prior := range p.Spec.Priors {
				own, differs := p.For(prior)
				if v := p.Values[i].Value; differs && v != nil && own.Values[i].Value != v && !slices.Contains(fixing, prior.Name) {
					fixing = append(fixing, prior.Name)
				}
			}
		}
		switch s := f.Base.Select; {
		case len(fixing) == 0:
		case len(fixing) == trained:
			r.add(f.Place(key), key, "is swept in vain: the solvers of all priors fix it")
		case s != nil && slices.Contains(fixing, s.Prior):
			r.add(f.Place(key), key, "is swept, but the solver of priors.%s fixes it; expected only keys that change what select compares", s.Prior)
		}
	}
}

// SweptKeys returns the keys that any block sweeps, in order of appearance;
// repeat stands for the seeds of repetitions.
func (f *File) SweptKeys() []string {
	var keys []string
	for _, b := range f.blocks {
		for _, a := range b {
			swept := a.keys
			if a.word == repeatWord {
				swept = []string{repeatWord}
			}
			for _, key := range swept {
				if !slices.Contains(keys, key) {
					keys = append(keys, key)
				}
			}
		}
	}
	return keys
}

// Points returns the distinct points of all blocks in order. In a block the first axis
// is the slowest. Callers share the result. With Options.Later there are none.
func (f *File) Points() []Point { return f.points }

// makePoints makes and checks the points. Their number has been bounded.
func (r *reader) makePoints(f *File) []Point {
	f.build()
	var points []Point
	seen := map[identity]bool{}
	keys := f.SweptKeys()
	for _, b := range f.blocks {
		m := newMaker(r, f, b, keys)
		for rows := range b.grid() {
			p := m.point(rows)
			if r.yaml.Errs.Full() {
				return nil
			}
			id := p.Spec.identity()
			if !r.checkPoint(p.Spec, func() *yamlpos.Node { return m.rootAt(rows) }, b) || seen[id] {
				continue
			}
			seen[id] = true
			points = append(points, p)
		}
	}
	return points
}

// build makes the rows of all axes.
func (f *File) build() {
	for _, b := range f.blocks {
		for _, a := range b {
			a.build(f.Base.Seed)
		}
	}
}

// grid yields for each point the index of its row on each axis, the last axis fastest.
func (b block) grid() iter.Seq[[]int] {
	return func(yield func([]int) bool) {
		rows := make([]int, len(b))
		for {
			if !yield(rows) {
				return
			}
			i := len(b) - 1
			for ; i >= 0 && rows[i] == len(b[i].rows)-1; i-- {
				rows[i] = 0
			}
			if i < 0 {
				return
			}
			rows[i]++
		}
	}
}

func jsonOf(n *yamlpos.Node) string {
	text, _ := n.MarshalJSON() // it cannot fail
	return string(text)
}
