package spec

import (
	"slices"
	"strings"

	"sedlab/internal/yamlpos"
)

// Setting is one key of a resolved spec.
type Setting struct {
	Key   string
	Value string // JSON; of a swept key, the value that the sweep replaces, or null
	Field yamlpos.Field
	From  yamlpos.Pos // where it was written; empty for a default
	Sweep []Swept     // where a sweep gives the key other values
}

// Swept is what one block of a sweep gives a key.
type Swept struct {
	Values string // JSON list
	From   yamlpos.Pos
}

// Settings returns every key that holds a value, or that the sweep gives one,
// and where the value is from: those of the spec in the order of its definition,
// then those of its figures.
func (f *File) Settings() []Setting {
	tree := f.Base.node(f.root)
	var list []Setting
	for _, key := range yamlpos.Paths(f.fields, "") {
		field, _ := yamlpos.Find(f.fields, key)
		n, swept := tree.Get(key), f.sweepOf(key)
		switch {
		case n == nil && swept == nil:
			continue
		case n == nil:
			n = &yamlpos.Node{}
		case n.Kind == yamlpos.Mapping || field.Type == yamlpos.Raw && len(n.Items) > 0:
			continue
		}
		list = append(list, Setting{Key: key, Value: jsonOf(n), Field: field, From: from(f.root.Get(key)), Sweep: swept})
	}
	return append(list, f.figureSettings()...)
}

// SweepSettings returns the entries of the sweep as they are written, each under
// the key by which an Edit can change it.
func (f *File) SweepSettings() []Setting {
	fields := slices.Concat(f.fields, yamlpos.Fields(RandomSearch{}), yamlpos.Fields(Halving{}))
	for word, doc := range SweepWords() {
		field, _ := yamlpos.Find(fields, "sweep")
		field.Name, field.Doc, field.Example = word, doc, ""
		fields = append(fields, field)
	}
	var list []Setting
	sweep := f.root.Child("sweep")
	for i, block := range sweepBlocks(sweep) {
		list = append(list, entriesOf(block, sweepName(sweep, i), fields)...)
	}
	return list
}

// entriesOf returns the entries of a block of the sweep, or of a section of it
// that holds keys.
func entriesOf(n *yamlpos.Node, path string, fields []yamlpos.Field) (list []Setting) {
	for _, e := range n.Entries {
		below := yamlpos.Join(path, e.Key)
		if slices.Contains([]string{zipWord, randomWord, "space", halvingWord}, e.Key) {
			list = append(list, entriesOf(e.Value, below, fields)...)
			continue
		}
		field, _ := yamlpos.Find(fields, e.Key)
		list = append(list, Setting{Key: below, Value: jsonOf(e.Value), Field: field, From: e.Pos})
	}
	return list
}

// At reports whether a setting is at a key or below it. A key of the sweep
// without the number of a block stands for that key in every block.
func (s Setting) At(key string) bool {
	if within(s.Key, key) || strings.HasPrefix(s.Key, key+"[") {
		return true
	}
	own, swept := addressOf(s.Key)
	a, ok := addressOf(key)
	sameBlock := a.names(max(own.block, 0)) // a sweep of one block has no numbers
	return swept && ok && sameBlock && (len(a.path) == 0 || within(strings.Join(own.path, "."), strings.Join(a.path, ".")))
}

func (f *File) figureSettings() []Setting {
	var list []Setting
	figure := f.slots.Figure
	for i, fig := range f.Base.Report {
		written := f.root.Child("report").Items[i]
		fields := append(yamlpos.Fields(fig.Config), figure.Key)
		for _, e := range fig.node(figure.Key.Name).Entries {
			field, _ := yamlpos.Find(fields, e.Key)
			list = append(list, Setting{
				Key: reportPath(i) + "." + e.Key, Value: jsonOf(e.Value), Field: field, From: from(written.Child(e.Key)),
			})
		}
	}
	return list
}

// from is where a node is written; empty for one that is not.
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
