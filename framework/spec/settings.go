package spec

import (
	"slices"

	"sedlab/internal/yamlpos"
)

// Setting is one key of a resolved spec.
type Setting struct {
	Key   string
	Value string // JSON; of a swept key, the value that the sweep replaces
	Field yamlpos.Field
	From  yamlpos.Pos // where it was written; empty for a default
	Sweep []Swept     // where a sweep gives the key other values
}

// Swept is what one block of a sweep gives a key.
type Swept struct {
	Values string // JSON list
	From   yamlpos.Pos
}

// Settings returns every key that holds a value, and where the value is from:
// those of the spec in the order of its definition, then those of its figures.
func (f *File) Settings() []Setting {
	tree := f.Base.node()
	var list []Setting
	for _, key := range yamlpos.Paths(f.fields, "") {
		field, _ := yamlpos.Find(f.fields, key)
		n := tree.Get(key)
		if n == nil || n.Kind == yamlpos.Mapping || field.Type == yamlpos.Raw {
			continue
		}
		list = append(list, Setting{Key: key, Value: jsonOf(n), Field: field, From: from(f.root.Get(key)), Sweep: f.sweepOf(key)})
	}
	return append(list, f.figureSettings()...)
}

func (f *File) figureSettings() []Setting {
	var list []Setting
	for i, fig := range f.Base.Report {
		written := f.root.Child("report").Items[i]
		for _, e := range fig.node().Entries {
			field, _ := yamlpos.Find(yamlpos.Fields(fig), e.Key)
			list = append(list, Setting{
				Key: reportPath(i) + "." + e.Key, Value: jsonOf(e.Value), Field: field, From: from(written.Child(e.Key)),
			})
		}
	}
	return list
}

// from is where a node is written, or nowhere.
func from(n *yamlpos.Node) yamlpos.Pos {
	if n == nil {
		return yamlpos.Pos{}
	}
	return n.Pos
}

// sweepOf returns what each block of the sweep gives a key, once a value.
func (f *File) sweepOf(key string) []Swept {
	var list []Swept
	for _, b := range f.blocks {
		for _, a := range b {
			k := slices.Index(a.keys, key)
			if k < 0 {
				continue
			}
			values := &yamlpos.Node{Kind: yamlpos.Sequence}
			seen := map[string]bool{}
			for _, row := range a.rows {
				if k < len(row) && row[k] != nil && !seen[jsonOf(row[k])] {
					seen[jsonOf(row[k])] = true
					values.Items = append(values.Items, row[k])
				}
			}
			list = append(list, Swept{jsonOf(values), a.pos})
		}
	}
	return list
}
