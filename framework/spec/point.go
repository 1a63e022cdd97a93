package spec

import (
	"crypto/sha256"
	"slices"

	"sedlab/internal/yamlpos"
)

// Point is one point of a sweep.
type Point struct {
	Values []Value `json:"values"` // of every swept key, in the order of the sweep
	Spec   *Spec   `json:"spec"`
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
	keys := f.SweptKeys()
	seen := map[[sha256.Size]byte]bool{}
	for _, b := range f.blocks {
		for at := range b.all() {
			root := f.root
			for i, a := range b {
				for k, value := range a.rows[at[i]] {
					if value != nil {
						root = with(root, f.fields, a.keys[k], value)
					}
				}
			}
			s := r.spec(root)
			if r.yaml.Errs.Full() {
				return nil
			}
			if !r.checkPoint(s, root, b) {
				continue
			}
			tree := s.node()
			if hash := hashOf(tree); !seen[hash] {
				seen[hash] = true
				points = append(points, Point{Spec: s, Values: valuesOf(tree, keys, f.repetition(s, b, at))})
			}
		}
	}
	return points
}

// repetition is the number, from 1, of the repetition that a point is. A block
// without repeat has the first one, with the file's own seed.
func (f *File) repetition(s *Spec, b block, at []int) any {
	for i, a := range b {
		if a.word == repeatWord {
			return float64(at[i] + 1)
		}
	}
	if s.Seed == f.Base.Seed {
		return 1.0
	}
	return nil
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

func valuesOf(tree *yamlpos.Node, keys []string, repetition any) []Value {
	values := make([]Value, len(keys))
	for i, key := range keys {
		values[i].Key = key
		n := tree.Get(key)
		switch {
		case key == repeatWord:
			values[i].Value = repetition
		case n == nil:
		default:
			if v, ok := n.Scalar(); ok {
				values[i].Value = v
			} else {
				values[i].Value = jsonOf(n)
			}
		}
	}
	return values
}

func jsonOf(n *yamlpos.Node) string {
	text, _ := n.MarshalJSON() // of a tree: it cannot fail
	return string(text)
}

func hashOf(n *yamlpos.Node) [sha256.Size]byte { return sha256.Sum256([]byte(jsonOf(n))) }
