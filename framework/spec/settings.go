package spec

import (
	"fmt"
	"slices"
	"strings"

	"sedlab/internal/yamlpos"
)

// Setting is one key of a resolved spec.
type Setting struct {
	Key   string
	Value string // JSON; for a swept key the value that the sweep replaces, or null
	Field yamlpos.Field
	From  yamlpos.Pos // where it is written; empty for a default
	Sweep []Swept     // the values that the sweep gives the key instead
}

// Swept lists the values that one block of a sweep gives a key.
type Swept struct {
	Values string // JSON list
	From   yamlpos.Pos
}

// Settings returns every key with a value, its own or the sweep's, and where the value
// is from. The spec's keys come in the order of its definition, then those of steps and
// figures.
func (f *File) Settings() []Setting {
	tree := f.withOwnSolvers(f.Base.node(f.root).WithChild("seeds", f.Base.Seeds.node()))
	var list []Setting
	for _, key := range yamlpos.Paths(f.fields, "") {
		field, _ := yamlpos.Find(f.fields, key)
		n, written, swept := tree.Get(key), f.root.Get(key), f.sweptBy(key)
		if common := commonKey(key); n != nil && written == nil && common != "" {
			written, swept = f.root.Get(common), slices.Concat(swept, f.sweptBy(common))
		}
		switch {
		case n == nil && swept == nil:
			continue
		case n == nil:
			n = &yamlpos.Node{}
		case n.Kind == yamlpos.Mapping || field.Type == yamlpos.Raw && len(n.Items) > 0:
			continue
		}
		list = append(list, Setting{Key: key, Value: jsonOf(n), Field: field, From: posOf(written), Sweep: swept})
	}
	return slices.Concat(list, listed(f, f.slots.Prepare, f.Base.Dataset.Prepare), listed(f, f.slots.Step, f.Base.Dataset.Preprocess),
		listed(f, f.slots.Figure, f.Base.Report))
}

// Default returns the default of a key, which may be that of a section above it, or nil
// if there is none.
func (f *File) Default(key string) *yamlpos.Node {
	field, _ := yamlpos.Find(f.fields, key)
	if n := field.DefaultNode(); n != nil {
		return n
	}
	i := strings.LastIndex(key, ".")
	if i < 0 {
		return nil
	}
	if above := f.Default(key[:i]); above != nil {
		return above.Get(key[i+1:])
	}
	return nil
}

// withOwnSolvers returns a resolved tree in which priors with a solver of their own have
// all of its keys.
func (f *File) withOwnSolvers(tree *yamlpos.Node) *yamlpos.Node {
	for _, p := range f.Base.Priors {
		if p.own == nil {
			continue
		}
		for _, e := range p.Solver.node(f.slots.Solver.Key.Name).Entries {
			tree = tree.With(yamlpos.Join("priors."+p.Name+".solver", e.Key), e.Value)
		}
	}
	return tree
}

// commonKey returns the key of the spec's solver that a key of a prior's own solver has its
// value from where the prior does not write it, or "".
func commonKey(key string) string {
	words := strings.SplitN(key, ".", 4)
	if len(words) < 4 || words[0] != "priors" || words[2] != "solver" {
		return ""
	}
	return yamlpos.Join("solver", words[3])
}

// SweepSettings returns the entries of the sweep as written, each under the key with
// which an Edit can change it.
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
		list = append(list, sweepEntries(block, blockPath(sweep, i), fields)...)
	}
	return list
}

// sweepEntries returns the entries of a block of the sweep, or of a section of a block.
func sweepEntries(n *yamlpos.Node, path string, fields []yamlpos.Field) (list []Setting) {
	for _, e := range n.Entries {
		below := yamlpos.Join(path, e.Key)
		if slices.Contains([]string{zipWord, randomWord, "space", halvingWord}, e.Key) {
			list = append(list, sweepEntries(e.Value, below, fields)...)
			continue
		}
		field, _ := yamlpos.Find(fields, e.Key)
		list = append(list, Setting{Key: below, Value: jsonOf(e.Value), Field: field, From: e.Pos})
	}
	return list
}

// At reports whether a setting is at a key or below it. A key of the sweep without the
// number of a block means that key in every block; an element of a list of numbers or
// texts means the list.
func (s Setting) At(key string) bool {
	if within(s.Key, key) || strings.HasPrefix(s.Key, key+"[") {
		return true
	}
	if e, ok := parseElement(key); ok && e.path == "" && s.Field.List {
		return s.Key == e.list // it has one setting for all its elements
	}
	own, swept := parseAddress(s.Key)
	a, ok := parseAddress(key)
	sameBlock := a.coversBlock(max(own.block, 0)) // a sweep of one block has no numbers
	return swept && ok && sameBlock && (len(a.path) == 0 || within(strings.Join(own.path, "."), strings.Join(a.path, ".")))
}

// listed returns the settings of a list's items, each of which chooses a kind.
func listed[C any](f *File, slot Slot, items []Choice[C]) (list []Setting) {
	for i, item := range items {
		var written *yamlpos.Node
		if n := f.root.Get(slot.Path); n != nil { // nil for a default
			written = n.Items[i]
		}
		fields := append(yamlpos.Fields(item.Config), slot.Key)
		for _, e := range item.node(slot.Key.Name).Entries {
			field, _ := yamlpos.Find(fields, e.Key)
			list = append(list, Setting{
				Key: fmt.Sprintf("%s[%d].%s", slot.Path, i, e.Key), Value: jsonOf(e.Value), Field: field, From: posOf(written.Child(e.Key)),
			})
		}
	}
	return list
}

// posOf returns where a node is written; empty for nil.
func posOf(n *yamlpos.Node) yamlpos.Pos {
	if n == nil {
		return yamlpos.Pos{}
	}
	return n.Pos
}

// sweptBy returns the distinct values that each block of the sweep gives a key.
func (f *File) sweptBy(key string) []Swept {
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
