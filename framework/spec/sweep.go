package spec

import (
	"fmt"
	"math"
	"slices"

	"sedlab/internal/yamlpos"
)

// MaxCells bounds points × priors unless Options says otherwise. A sweep beyond
// it is a slip of the pen.
const MaxCells = 100_000

// maxPointValues bounds points × values of a spec: the memory that points take.
const maxPointValues = 10_000_000

// block is one grid; the first axis is the slowest. A sweep is the union of its
// blocks, and a spec without one has one block without axes.
type block []*axis

// size returns the number of points, or +Inf for more than a float64 counts.
func (b block) size() float64 {
	size := 1.0
	for _, a := range b {
		size *= a.size
	}
	return size
}

// sweep decodes the sweep, checking each value as the key's own.
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
		path := sweepName(n, i)
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
	s := sweeper{r, n, r.fieldsIn(r.root, n)}
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

// checkKeys refuses keys of which a point can have one value alone: the same
// key, or keys of a section of which only one is given.
func (s *sweeper) checkKeys(b block, a *axis, path string) {
	for _, key := range a.keys {
		for _, other := range b {
			if slices.Contains(other.keys, key) {
				s.add(a.pos, path, "gives %s, as %s does; expected each in a block of its own", key, other.pos)
			} else if i := s.excluded(key, other.keys); i >= 0 {
				s.add(a.pos, path, "excludes %s, swept at %s; expected each in a block of its own", other.keys[i], other.pos)
			}
		}
	}
}

// excluded returns the index of a key that cannot be given beside one, or -1.
func (s *sweeper) excluded(key string, keys []string) int {
	return slices.IndexFunc(keys, func(other string) bool { return other != key && sameChoice(s.fields, key, other) })
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
		r.add(pos, "sweep", "makes %s cells (%s points × %d priors); expected at most %d, or a larger --max-cells",
			count(cells), count(points), len(base.Priors), most)
	case points*values > maxPointValues:
		r.add(pos, "sweep", "makes %s points of a spec of %s values; expected fewer of one or the other", count(points), count(values))
	default:
		return true
	}
	return false
}

// count writes a number of things; one that nobody would read in full, shortly.
func count(v float64) string {
	if v < 1e15 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.3g", v)
}

// sweepNode returns the sweep with the values of every axis written out, or nil
// if nothing is swept.
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
	word string // how it is written once its values are: zip, points, repeat, halving, or "" for a key's list
	keys []string
	pos  yamlpos.Pos
	size float64               // number of rows
	rows [][]*yamlpos.Node     // a value for each key, or nil where a point leaves the key as it is
	make func(seed uint64) row // the rows of an axis that does not list them

	halving *Halving // of the word halving
}

// row returns the values at an index.
type row func(i int) []*yamlpos.Node

// build writes out the rows of an axis that does not list them.
func (a *axis) build(seed uint64) {
	if a.make == nil {
		return
	}
	at := a.make(seed)
	for i := range int(a.size) {
		a.rows = append(a.rows, at(i))
	}
	a.make = nil
}

// entry returns the axis with every value written out.
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
		n = &yamlpos.Node{Kind: yamlpos.Sequence}
		for _, row := range a.rows {
			point := &yamlpos.Node{Kind: yamlpos.Mapping}
			for k, v := range row {
				if v != nil {
					point.Entries = append(point.Entries, yamlpos.Entry{Key: a.keys[k], Value: v})
				}
			}
			n.Items = append(n.Items, point)
		}
	case zipWord:
		for k, key := range a.keys {
			n.Entries = append(n.Entries, yamlpos.Entry{Key: key, Value: column(k)})
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
