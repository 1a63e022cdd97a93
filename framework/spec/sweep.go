package spec

import (
	"fmt"
	"math"

	"sedlab/internal/yamlpos"
)

// MaxCells bounds points × priors. A sweep beyond it is a slip of the pen.
const MaxCells = 100_000

// maxPointValues bounds points × values of a spec: the memory that points take.
const maxPointValues = 10_000_000

// Axis is a swept key and its values, as Encode writes them.
type Axis struct {
	Key    string
	Pos    yamlpos.Pos
	Values []*yamlpos.Node
}

// Block is one grid; the first axis is the slowest. A sweep is the union of its
// blocks, and a spec without one has one block without axes.
type Block []Axis

// size returns the number of points, or +Inf for more than a float64 counts.
func (b Block) size() float64 {
	size := 1.0
	for _, a := range b {
		size *= float64(len(a.Values))
	}
	return size
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

// sweep decodes the sweep, checking each value as the key's own.
func (r *reader) sweep(n *yamlpos.Node, fields []yamlpos.Field) []Block {
	nodes := sweepBlocks(n)
	if n != nil && len(nodes) == 0 {
		r.add(n.Pos, "sweep", "%s; expected key: list of values, or a list of such sections", n.Got())
	}
	var blocks []Block
	for i, node := range nodes {
		path := "sweep"
		if n.Kind == yamlpos.Sequence {
			path = fmt.Sprintf("sweep[%d]", i)
		}
		if node.Kind != yamlpos.Mapping {
			r.add(node.Pos, path, "%s; expected a section, key: list of values", node.Got())
			continue
		}
		blocks = append(blocks, r.block(node, path, fields))
	}
	if n == nil {
		blocks = []Block{{}}
	}
	return blocks
}

func (r *reader) block(n *yamlpos.Node, path string, fields []yamlpos.Field) Block {
	block := Block{}
	chosen := map[string]yamlpos.Entry{}
	for _, e := range n.Entries {
		axis, ok := r.axis(e, yamlpos.Join(path, e.Key), fields)
		if !ok {
			continue
		}
		if section, _, one := choice(fields, e.Key); one {
			if other, taken := chosen[section]; taken {
				r.add(e.Pos, yamlpos.Join(path, e.Key), "excludes %s, swept at %s; expected each in a block of its own", other.Key, other.Pos)
			}
			chosen[section] = e
		}
		block = append(block, axis)
	}
	return block
}

func (r *reader) axis(e yamlpos.Entry, path string, fields []yamlpos.Field) (Axis, bool) {
	f, known := yamlpos.Find(fields, e.Key)
	if !known {
		r.add(e.Pos, path, "unknown key; %s", instead(e.Key, sweepablePaths(fields)))
		return Axis{}, false
	}
	if why := sweepable(e.Key, f); why != "" {
		r.add(e.Pos, path, "%s", why)
		return Axis{}, false
	}
	values := []*yamlpos.Node{e.Value} // a scalar is the only value of its block
	if e.Value.Kind == yamlpos.Sequence {
		values = e.Value.Items
	}
	if len(values) == 0 {
		r.add(e.Value.Pos, path, "%s; expected one value or more", e.Value.Got())
		return Axis{}, false
	}
	axis := Axis{Key: e.Key, Pos: e.Pos}
	for _, v := range values {
		axis.Values = append(axis.Values, r.yaml.Value(f, v, path))
	}
	return axis, true
}

// bounded checks the number of cells before any point is made.
func (r *reader) bounded(pos yamlpos.Pos, blocks []Block, base *Spec) bool {
	points := 0.0
	for _, b := range blocks {
		points += b.size()
	}
	cells := points * math.Max(1, float64(len(base.Priors)))
	values := float64(base.node().Count())
	switch {
	case cells > MaxCells:
		r.add(pos, "sweep", "makes %.0f cells (%.0f points × %d priors); expected at most %d", cells, points, len(base.Priors), MaxCells)
	case points*values > maxPointValues:
		r.add(pos, "sweep", "makes %.0f points of a spec of %.0f values; expected fewer of one or the other", points, values)
	default:
		return true
	}
	return false
}

// sweepNode returns the sweep as it is written, or nil if nothing is swept.
func sweepNode(blocks []Block) *yamlpos.Node {
	list := &yamlpos.Node{Kind: yamlpos.Sequence}
	for _, block := range blocks {
		n := &yamlpos.Node{Kind: yamlpos.Mapping}
		for _, a := range block {
			values := &yamlpos.Node{Kind: yamlpos.Sequence, Items: a.Values}
			n.Entries = append(n.Entries, yamlpos.Entry{Key: a.Key, Value: values})
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
