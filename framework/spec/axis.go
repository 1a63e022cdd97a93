package spec

import "sedlab/internal/yamlpos"

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
