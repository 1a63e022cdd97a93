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
// JSON as a string; nil for a key that the point's spec does not have.
type Value struct {
	Key   string `json:"key"`
	Value any    `json:"value"`
}

// SweptKeys returns the keys that any block sweeps, in order of appearance.
func (f *File) SweptKeys() []string {
	var keys []string
	for _, block := range f.Blocks {
		for _, a := range block {
			if !slices.Contains(keys, a.Key) {
				keys = append(keys, a.Key)
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
	var points []Point
	swept := f.SweptKeys()
	seen := map[[sha256.Size]byte]bool{}
	for _, block := range f.Blocks {
		for at := range block.all() {
			root := f.root
			for i, a := range block {
				root = with(root, f.fields, a.Key, a.Values[at[i]])
			}
			s := r.spec(root)
			if r.yaml.Errs.Full() {
				return nil
			}
			if !r.checkPoint(s, root, block) {
				continue
			}
			tree := s.node()
			if hash := hashOf(tree); !seen[hash] {
				seen[hash] = true
				points = append(points, Point{Spec: s, Values: valuesOf(tree, swept)})
			}
		}
	}
	return points
}

// all yields the index of each point's value on each axis, the last axis fastest.
func (b Block) all() func(yield func([]int) bool) {
	return func(yield func([]int) bool) {
		at := make([]int, len(b))
		for {
			if !yield(at) {
				return
			}
			i := len(b) - 1
			for ; i >= 0 && at[i] == len(b[i].Values)-1; i-- {
				at[i] = 0
			}
			if i < 0 {
				return
			}
			at[i]++
		}
	}
}

func valuesOf(tree *yamlpos.Node, keys []string) []Value {
	values := make([]Value, len(keys))
	for i, key := range keys {
		values[i].Key = key
		n := tree.Get(key)
		if n == nil {
			continue
		}
		if v, ok := n.Scalar(); ok {
			values[i].Value = v
		} else {
			values[i].Value = jsonOf(n)
		}
	}
	return values
}

func jsonOf(n *yamlpos.Node) string {
	text, _ := n.MarshalJSON() // of a tree: it cannot fail
	return string(text)
}

func hashOf(n *yamlpos.Node) [sha256.Size]byte { return sha256.Sum256([]byte(jsonOf(n))) }
