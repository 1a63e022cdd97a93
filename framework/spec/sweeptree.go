package spec

import (
	"fmt"

	"sedlab/internal/yamlpos"
)

// The words in a block of the sweep that are not keys of the spec.
const (
	zipWord     = "zip"
	pointsWord  = "points"
	randomWord  = "random"
	repeatWord  = "repeat"
	halvingWord = "halving"
)

var sweepWords = []string{zipWord, pointsWord, randomWord, repeatWord, halvingWord}

// SweepWords returns the words in a block of the sweep that are not keys of the spec,
// with their meanings.
func SweepWords() map[string]string {
	return map[string]string{
		zipWord:     "keys with lists of values of the same length, walked in step",
		pointsWord:  "points written out as key: value; a key that a point leaves out keeps the spec's value",
		randomWord:  "points drawn at random, by the spec's seed",
		repeatWord:  "how often everything is done: first with the spec's seed, then with seeds derived from it; or the list of all seeds. Figures call it repeat and count from 1",
		halvingWord: "successive halving: all settings are trained a little, and the best of them, by select, for longer. Each training goes on from where it stopped",
	}
}

// sweepBlocks returns the blocks of a sweep: the items of its list, or the sweep itself.
func sweepBlocks(n *yamlpos.Node) []*yamlpos.Node {
	switch {
	case n == nil:
		return nil
	case n.Kind == yamlpos.Sequence:
		return n.Items
	}
	return []*yamlpos.Node{n}
}

// sweptKey is a key that a sweep's tree gives values.
type sweptKey struct {
	key    string
	path   string // of the values, for an edit
	pos    yamlpos.Pos
	values *yamlpos.Node
}

// isAt reports whether both are the same key at the same place.
func (s sweptKey) isAt(other sweptKey) bool {
	return s.key == other.key && s.path == other.path && s.pos == other.pos
}

// assignment returns an edit of the sweep that gives the key a value.
func (s sweptKey) assignment(text string) string {
	if s.path == "sweep.halving" {
		return "sweep.halving.from and sweep.halving.to"
	}
	return s.path + "=[" + text + "]"
}

// sweptKeys returns the keys that a sweep's tree sweeps, even if parts of it are wrong.
func sweptKeys(sweep *yamlpos.Node) (keys []sweptKey) {
	list := func(n *yamlpos.Node, path string) {
		for _, e := range asMapping(n).Entries {
			keys = append(keys, sweptKey{e.Key, path + e.Key, e.Pos, e.Value})
		}
	}
	for _, block := range sweepBlocks(sweep) {
		list(asMapping(block).Without(sweepWords...), "sweep.")
		list(block.Child(zipWord), "sweep.zip.")
		list(block.Child(randomWord).Child("space"), "sweep.random.space.")
		if points := block.Child(pointsWord); points != nil {
			for _, row := range points.Items {
				for _, e := range row.Entries {
					keys = append(keys, sweptKey{e.Key, "sweep.points", e.Pos, e.Value})
				}
			}
		}
		if halving := block.Child(halvingWord); halving.Child("resource") != nil {
			keys = append(keys, sweptKey{halving.Child("resource").Value, "sweep.halving", halving.Pos, halving})
		}
		if seeds := block.Child(repeatWord); seeds != nil && seeds.Kind == yamlpos.Sequence {
			keys = append(keys, sweptKey{"seed", "sweep.repeat", seeds.Pos, seeds})
		}
	}
	return keys
}

// asMapping returns n, or an empty mapping if n is none.
func asMapping(n *yamlpos.Node) *yamlpos.Node {
	if n == nil || n.Kind != yamlpos.Mapping {
		return &yamlpos.Node{Kind: yamlpos.Mapping}
	}
	return n
}

// valueAt returns the value at a path of keys, or nil.
func valueAt(n *yamlpos.Node, path []string) *yamlpos.Node {
	for _, key := range path {
		n = n.Child(key)
	}
	return n
}

// withValueAt returns the tree with a value at a path of keys, or without one if value is
// nil.
func withValueAt(n *yamlpos.Node, path []string, value *yamlpos.Node) *yamlpos.Node {
	switch {
	case len(path) == 0:
		return value
	case len(path) > 1:
		return n.WithChild(path[0], withValueAt(n.Child(path[0]), path[1:], value))
	case value == nil:
		return n.Without(path[0])
	}
	return n.WithChild(path[0], value)
}

// blockPath returns the path of a block of a sweep.
func blockPath(sweep *yamlpos.Node, i int) string {
	if sweep != nil && sweep.Kind == yamlpos.Sequence {
		return fmt.Sprintf("sweep[%d]", i)
	}
	return "sweep"
}
