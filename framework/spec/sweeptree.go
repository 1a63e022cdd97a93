package spec

import (
	"fmt"

	"sedlab/internal/yamlpos"
)

// The words of a sweep's block that are no keys of the spec.
const (
	zipWord     = "zip"
	pointsWord  = "points"
	randomWord  = "random"
	repeatWord  = "repeat"
	halvingWord = "halving"
)

var sweepWords = []string{zipWord, pointsWord, randomWord, repeatWord, halvingWord}

// SweepWords returns the meaning of the words of a sweep's block that are no
// keys of the spec.
func SweepWords() map[string]string {
	return map[string]string{
		zipWord:     "keys whose lists of values have one length and are walked in step",
		pointsWord:  "points that are written out, key: value; what one leaves out is as the spec has it",
		randomWord:  "points drawn at random, by the spec's seed",
		repeatWord:  "how often everything is done: the first time with the spec's seed, then with seeds derived from it; or the list of all seeds. Figures know it as repeat, from 1",
		halvingWord: "successive halving: of all settings, which are trained a little, the best by select go on to a longer training. Each training goes on from where it stopped",
	}
}

// sweepBlocks returns the mappings of a sweep: itself, or those of its list.
func sweepBlocks(n *yamlpos.Node) []*yamlpos.Node {
	switch {
	case n == nil:
		return nil
	case n.Kind == yamlpos.Sequence:
		return n.Items
	}
	return []*yamlpos.Node{n}
}

// sweptKey is a key as a sweep's tree names it.
type sweptKey struct {
	key  string
	path string // as --set names its values
	pos  yamlpos.Pos
}

// instead says what to set in place of the swept key's value.
func (s sweptKey) instead(text string) string {
	if s.path == "sweep.halving" {
		return "sweep.halving.from and sweep.halving.to"
	}
	return s.path + "=[" + text + "]"
}

// sweptKeys returns the keys that a sweep's tree sweeps, however wrong it is.
func sweptKeys(sweep *yamlpos.Node) []sweptKey {
	var keys []sweptKey
	list := func(n *yamlpos.Node, path string) {
		for _, e := range mapping(n).Entries {
			keys = append(keys, sweptKey{e.Key, path + e.Key, e.Pos})
		}
	}
	for _, block := range sweepBlocks(sweep) {
		list(mapping(block).Without(sweepWords...), "sweep.")
		list(block.Child(zipWord), "sweep.zip.")
		list(block.Child(randomWord).Child("space"), "sweep.random.space.")
		if points := block.Child(pointsWord); points != nil {
			for _, row := range points.Items {
				for _, e := range row.Entries {
					keys = append(keys, sweptKey{e.Key, "sweep.points", e.Pos})
				}
			}
		}
		if halving := block.Child(halvingWord); halving.Child("resource") != nil {
			keys = append(keys, sweptKey{halving.Child("resource").Value, "sweep.halving", halving.Pos})
		}
		if seeds := block.Child(repeatWord); seeds != nil && seeds.Kind == yamlpos.Sequence {
			keys = append(keys, sweptKey{"seed", "sweep.repeat", seeds.Pos})
		}
	}
	return keys
}

// mapping returns n, or if it is no mapping, an empty one.
func mapping(n *yamlpos.Node) *yamlpos.Node {
	if n == nil || n.Kind != yamlpos.Mapping {
		return &yamlpos.Node{Kind: yamlpos.Mapping}
	}
	return n
}

// at returns what is at a path of keys, or nil.
func at(n *yamlpos.Node, path []string) *yamlpos.Node {
	for _, key := range path {
		n = n.Child(key)
	}
	return n
}

// put returns the tree with a value at a path of keys, or without one, if value
// is nil and something is there.
func put(n *yamlpos.Node, path []string, value *yamlpos.Node) *yamlpos.Node {
	switch {
	case len(path) == 0:
		return value
	case len(path) > 1:
		return n.WithChild(path[0], put(n.Child(path[0]), path[1:], value))
	case value == nil:
		return n.Without(path[0])
	}
	return n.WithChild(path[0], value)
}

// sweepName is the path of a block of a sweep.
func sweepName(sweep *yamlpos.Node, i int) string {
	if sweep != nil && sweep.Kind == yamlpos.Sequence {
		return fmt.Sprintf("sweep[%d]", i)
	}
	return "sweep"
}
