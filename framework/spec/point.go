package spec

import (
	"slices"

	"sedlab/internal/yamlpos"
)

// Point is one point of a sweep.
type Point struct {
	Values []Value `json:"values"` // of every swept key, in the order of the sweep
	Spec   *Spec   `json:"-"`
}

// Value is what a swept key is at a point: a float64, bool or string; a list's
// JSON as a string; nil for a key that the point's spec does not have. The key
// repeat holds the number of the repetition, from 1.
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

// Points returns the points of all blocks in order, each once, however often it
// occurs. In a block the first axis is the slowest. The result is shared.
func (f *File) Points() []Point { return f.points }

// makePoints makes and checks the points; the number of cells is bounded.
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
		for at := range b.all() {
			p := m.point(at)
			if r.yaml.Errs.Full() {
				return nil
			}
			id := p.Spec.identity()
			if !r.checkPoint(p.Spec, func() *yamlpos.Node { return m.rootAt(at) }, b) || seen[id] {
				continue
			}
			seen[id] = true
			points = append(points, p)
		}
	}
	return points
}

// all yields the index of each point's row on each axis, the last axis fastest.
func (b block) all() func(yield func([]int) bool) {
	return func(yield func([]int) bool) {
		at := make([]int, len(b))
		for {
			if !yield(at) {
				return
			}
			i := len(b) - 1
			for ; i >= 0 && at[i] == len(b[i].rows)-1; i-- {
				at[i] = 0
			}
			if i < 0 {
				return
			}
			at[i]++
		}
	}
}

func jsonOf(n *yamlpos.Node) string {
	text, _ := n.MarshalJSON() // of a tree: it cannot fail
	return string(text)
}
