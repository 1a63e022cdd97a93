package spec

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"sedlab/internal/record"
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

// ShowsExamples reports whether a figure may show kept reconstructions.
func ShowsExamples(c Choice[figures.Config]) bool {
	_, sparing := c.Config.(figures.Sparing)
	return !sparing
}

// FigureFilter is a swept key, or the prior, and the values by which a figure's where can
// choose rows.
type FigureFilter struct {
	Key    string
	Values []string // in YAML
}

// FigureChoices returns what a figure of the file's runs can choose from: what can be along an
// axis, swept keys first and of these those of numbers; the priors; and what has more than one
// value to choose rows by.
func (f *File) FigureChoices(opt Options) (axes, priors []string, filters []FigureFilter) {
	s := newReader(opt, &Errors{}).figureSweep(f)
	return axesOf(s), s.Priors, filtersOf(s)
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

func axesOf(s figures.Sweep) []string {
	axes := slices.DeleteFunc(slices.Clone(s.Keys), func(key string) bool { return len(s.Values[s.Columns.Resolve(key)]) == 0 })
	words := func(key string) int {
		if slices.ContainsFunc(s.Values[s.Columns.Resolve(key)], func(v any) bool { _, number := record.Plain(v).(float64); return !number }) {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(axes, func(a, b string) int { return cmp.Compare(words(a), words(b)) })
	for _, c := range s.Columns {
		fit := c.Name == "prior" || c.Role == record.Condition || c.Role == record.Setting
		if fit && !slices.Contains(s.Keys, c.Key) && !slices.Contains(axes, c.Name) {
			axes = append(axes, c.Name)
		}
	}
	return axes
}

// filtersOf leaves out values that where cannot name.
func filtersOf(s figures.Sweep) (list []FigureFilter) {
	for _, key := range append([]string{"prior"}, s.Keys...) {
		f := FigureFilter{Key: key}
		for _, v := range slices.SortedStableFunc(slices.Values(s.Values[s.Columns.Resolve(key)]), byNumber) {
			if text, ok := WhereText(v); ok {
				f.Values = append(f.Values, text)
			}
		}
		if len(f.Values) > 1 {
			list = append(list, f)
		}
	}
	return list
}

// byNumber orders numbers by size, before all other values.
func byNumber(a, b any) int {
	x, first := record.Plain(a).(float64)
	y, second := record.Plain(b).(float64)
	if !first || !second {
		return map[bool]int{true: 1}[second] - map[bool]int{true: 1}[first]
	}
	return cmp.Compare(x, y)
}

// WhereText writes a value for the key where of a figure, unless it is a list or a section.
func WhereText(v any) (text string, ok bool) {
	switch v := v.(type) {
	case string:
		return ValueText(yamlpos.TextNode(v)), true
	case bool:
		return fmt.Sprint(v), true
	}
	number, ok := record.Plain(v).(float64)
	return yamlpos.NumberNode(number).Value, ok
}
