package spec

import (
	"strings"

	"gopkg.in/yaml.v3"

	"sedlab/internal/yamlpos"
	"sedlab/reports/figures"
)

// Figure reads a figure of the file's runs that its report need not have: an item of a
// report, such as {figure: boxplot, x: prior}. Keys in errors are those of the item. The error
// is an *Errors.
func (f *File) Figure(text string, opt Options) (Choice[figures.Config], error) {
	errs := &Errors{}
	item := yamlpos.Parse([]byte(text), "figure", errs)
	if item != nil && item.Kind == yamlpos.Sequence && len(item.Items) == 1 {
		item = item.Items[0]
	}
	if item == nil {
		return Choice[figures.Config]{}, errs
	}
	opt.Recorded = false // it is written now
	r := newReader(opt, errs)
	c, ok := choose(r, r.slots.Figure, r.opt.Figures, item, "")
	if !ok {
		return c, errs
	}
	for _, wrong := range c.Config.Check(r.figureSweep(f)) {
		r.add(item.Place(wrong.Key), wrong.Key, "%s", wrong.Problem)
	}
	return c, errs.Err()
}

// FigureSweep returns what a figure of the file's runs can choose from.
func (f *File) FigureSweep(opt Options) figures.Sweep {
	return newReader(opt, &Errors{}).figureSweep(f)
}

// FigureLine writes a figure as an item of a report on a line, without keys that have their
// defaults.
func FigureLine(c Choice[figures.Config]) string {
	n := &yamlpos.Node{Kind: yamlpos.Mapping}
	n.Add("figure", yamlpos.TextNode(c.Kind.Name))
	n.Entries = append(n.Entries, yamlpos.Changed(c.Config).Entries...)
	return itemLine(n)
}

// itemLine writes a section as an item of a list, on a line.
func itemLine(n *yamlpos.Node) string {
	text, err := yaml.Marshal(&yamlpos.Node{Kind: yamlpos.Sequence, Items: []*yamlpos.Node{n}})
	if err != nil {
		panic(err) // a tree can be written
	}
	return strings.TrimSuffix(string(text), "\n")
}

// KeyText is a key with its value in YAML.
type KeyText struct{ Key, Text string }

// FigureItem writes a figure of a kind as an item of a report, from texts that a person gave
// its keys. Texts that cannot be read are written as they are, for Figure to refuse. A value
// is in YAML, but where the kind wants a text, any text will do, and "" is the empty one.
func FigureItem(catalog Catalog, kind string, keys []KeyText) string {
	entry, _ := findEntry(newEntries(catalog.Figures), kind)
	n := &yamlpos.Node{Kind: yamlpos.Mapping}
	n.Add("figure", textNode(kind))
	for _, k := range keys {
		key := strings.ToValidUTF8(k.Key, "�")
		field, _ := yamlpos.Find(entry.Fields, key)
		value := textNode(k.Text)
		if field.Type == yamlpos.Text && !field.List {
			if k.Text == `""` {
				value = textNode("")
			}
		} else if read := yamlpos.ParseValue(value.Value, key, &Errors{}); read != nil {
			value = read
		}
		if section, below, nested := strings.Cut(key, "."); nested {
			n = n.WithChild(section, n.Child(section).WithChild(below, value))
		} else {
			n = n.WithChild(key, value)
		}
	}
	return itemLine(n)
}

// FigureTexts returns the keys of a figure that differ from their defaults, with texts from
// which FigureItem writes the same figure.
func FigureTexts(c Choice[figures.Config]) (list []KeyText) {
	for _, e := range yamlpos.Changed(c.Config).Entries {
		if e.Value.Kind != yamlpos.Mapping {
			list = append(list, KeyText{e.Key, valueText(e.Value)})
			continue
		}
		for _, below := range e.Value.Entries {
			list = append(list, KeyText{e.Key + "." + below.Key, ValueText(below.Value)})
		}
	}
	return list
}

// valueText writes the value of a key that knows its type: texts have no quotes.
func valueText(n *yamlpos.Node) string {
	switch {
	case n.Kind != yamlpos.Scalar:
		return jsonOf(n)
	case n.Value == "":
		return `""`
	}
	return n.Value
}

// ValueText writes a value in YAML, on a line.
func ValueText(n *yamlpos.Node) string {
	if n.Kind == yamlpos.Scalar && !n.Quoted {
		return n.Value
	}
	return jsonOf(n)
}

// textNode returns a text that YAML can hold.
func textNode(text string) *yamlpos.Node { return yamlpos.TextNode(strings.ToValidUTF8(text, "�")) }
