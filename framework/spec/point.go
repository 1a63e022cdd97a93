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
// is the slowest. Callers share the result.
func (f *File) Points() []Point { return f.points }

// makePoints makes and checks the points. Their number has been bounded.
func (r *reader) makePoints(f *File) []Point {
	for _, b := range f.blocks {
		for _, a := range b {
			a.build(f.Base.Seed)
		}
	}
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
