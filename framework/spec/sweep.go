package spec

import (
	"fmt"
	"math"
	"slices"

	"sedlab/internal/yamlpos"
)

// MaxCells bounds points × priors unless Options has another bound. A larger sweep is
// most likely a slip.
const MaxCells = 100_000

// maxPointValues bounds points × values of a spec, and so the memory of the points.
const maxPointValues = 10_000_000

// block is one grid; its first axis is the slowest. A sweep is the union of its blocks.
// A spec without a sweep has one block without axes.
type block []*axis

// size returns the number of points, +Inf if a float64 cannot hold it.
func (b block) size() float64 {
	size := 1.0
	for _, a := range b {
		size *= a.size
	}
	return size
}

// sweep decodes the sweep and checks each value against its key.
func (r *reader) sweep(n *yamlpos.Node) []block {
	if n == nil {
		return []block{{}}
	}
	nodes := sweepBlocks(n)
	if len(nodes) == 0 {
		r.add(n.Pos, "sweep", "%s; expected key: list of values, or a list of such sections", n.Got())
	}
	var blocks []block
	for i, node := range nodes {
		path := blockPath(n, i)
		if node.Kind != yamlpos.Mapping {
			r.add(node.Pos, path, "%s; expected a section, key: list of values", node.Got())
			continue
		}
		blocks = append(blocks, r.block(node, path))
	}
	return blocks
}

func (r *reader) block(n *yamlpos.Node, path string) block {
	b := block{}
	s := sweeper{r, n, r.blockFields(r.root, n)}
	for _, e := range n.Entries {
		if a := s.axis(e, yamlpos.Join(path, e.Key)); a != nil {
			s.checkKeys(b, a, yamlpos.Join(path, e.Key))
			b = append(b, a)
		}
	}
	if random, points := n.Child(randomWord), n.Child(pointsWord); random != nil && points != nil {
		r.add(random.Pos, yamlpos.Join(path, randomWord), "excludes points, at %s; expected each in a block of its own", points.Pos)
	}
	return b
}

// checkKeys refuses axes that no point can combine: they have the same key, or keys of
// a section of which only one can be given.
func (s *sweeper) checkKeys(b block, a *axis, path string) {
	for _, key := range a.keys {
		for _, other := range b {
			if slices.Contains(other.keys, key) {
				s.add(a.pos, path, "gives %s, as %s does; expected each in a block of its own", key, other.pos)
			} else if excluded := s.excluded(key, other.keys); excluded != "" {
				s.add(a.pos, path, "excludes %s, swept at %s; expected each in a block of its own", excluded, other.pos)
			}
		}
	}
}

// excluded returns the first of keys that cannot be given together with key, or "".
func (s *sweeper) excluded(key string, keys []string) string {
	for _, other := range keys {
		if other != key && excludes(s.fields, key, other) {
			return other
		}
	}
	return ""
}

// bounded checks the number of cells before any point is made.
func (r *reader) bounded(pos yamlpos.Pos, blocks []block, base *Spec) bool {
	points := 0.0
	for _, b := range blocks {
		points += b.size()
	}
	cells, most := points*math.Max(1, float64(len(base.Priors))), r.opt.maxCells()
	values := float64(base.node(nil).Count())
	switch {
	case cells > float64(most):
		r.add(pos, "sweep", "makes %s cells (%s points × %d priors); expected at most %d (max-cells)",
			count(cells), count(points), len(base.Priors), most)
	case points*values > maxPointValues:
		r.add(pos, "sweep", "makes %s points of a spec of %s values; expected fewer of one or the other", count(points), count(values))
	default:
		return true
	}
	return false
}

// count writes a number of things, with an exponent if it is long.
func count(v float64) string {
	if v < 1e15 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.3g", v)
}

// sweepNode returns the sweep with all values written out, or nil if nothing is swept.
func sweepNode(blocks []block) *yamlpos.Node {
	list := &yamlpos.Node{Kind: yamlpos.Sequence}
	for _, b := range blocks {
		n := &yamlpos.Node{Kind: yamlpos.Mapping}
		for _, a := range b {
			n.Entries = append(n.Entries, a.entry())
		}
		list.Items = append(list.Items, n)
	}
	switch {
	case len(blocks) > 1:
		return list
	case len(blocks[0]) > 0:
		return list.Items[0]
	}
	return nil
}

// axis is one factor of a block's grid: keys whose values change together.
type axis struct {
	word    string // of the sweep, such as zip; "" for one key with its list
	keys    []string
	pos     yamlpos.Pos
	size    float64           // number of rows
	rows    [][]*yamlpos.Node // a value for each key; nil where a point keeps the spec's value
	columns []column          // make the rows of an axis that does not list them
	halving *Halving          // of the word halving
}

// column makes the value of a key in a row of an axis. seed is the spec's.
type column func(seed uint64, row int) *yamlpos.Node

// build makes the rows of an axis from its columns.
func (a *axis) build(seed uint64) {
	if a.columns == nil {
		return
	}
	for i := range int(a.size) {
		row := make([]*yamlpos.Node, len(a.columns))
		for k, value := range a.columns {
			row[k] = value(seed, i)
		}
		a.rows = append(a.rows, row)
	}
	a.columns = nil
}

// entry returns the axis as a block writes it, with all values written out.
func (a *axis) entry() yamlpos.Entry {
	column := func(k int) *yamlpos.Node {
		list := &yamlpos.Node{Kind: yamlpos.Sequence}
		for _, row := range a.rows {
			list.Items = append(list.Items, row[k])
		}
		return list
	}
	n := &yamlpos.Node{Kind: yamlpos.Mapping}
	switch a.word {
	case pointsWord:
		n.Kind = yamlpos.Sequence
		for _, row := range a.rows {
			point := &yamlpos.Node{Kind: yamlpos.Mapping}
			for k, v := range row {
				if v != nil {
					point.Add(a.keys[k], v)
				}
			}
			n.Items = append(n.Items, point)
		}
	case zipWord:
		for k, key := range a.keys {
			n.Add(key, column(k))
		}
	case repeatWord:
		n = column(0)
	case halvingWord:
		n = yamlpos.Encode(a.halving)
	default:
		return yamlpos.Entry{Key: a.keys[0], Value: column(0)}
	}
	return yamlpos.Entry{Key: a.word, Value: n}
}
