package app

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"sedlab/framework/spec"
	"sedlab/framework/store"
	"sedlab/internal/record"
	"sedlab/internal/yamlpos"
	"sedlab/reports/figures"
)

// FigureForm says which figures one can ask of a run, and with which keys.
type FigureForm struct {
	Kinds   []FigureKind
	Filters []Filter      // what the key where of a figure can choose rows by
	Own     []AskedFigure // those of the run's report
}

// AskedFigure is a figure with the texts of its keys.
type AskedFigure struct {
	Kind string
	Keys []spec.KeyText
	Line string // as an item of a report
}

// FigureKind is a kind of figure.
type FigureKind struct {
	Name, Doc string
	Keys      []FigureKey
}

// FigureKey is a key of a kind of figure.
type FigureKey struct {
	Name, Doc, Unit string
	Range           string // of numbers; may be empty
	Default         string // in YAML; "" without one
	Example         string // in YAML; may be empty
	Required        bool
	Blank           bool     // the empty text is a value too, other than the default
	Where           bool     // the values are conditions on Filters
	Choices         []string // all values that make sense; nil if any of the type does
	Suggested       string   // for a required key, a value with which it can be drawn
}

// Filter is a column or key by which rows can be chosen, and the values that it has.
type Filter struct {
	Key    string
	Values []string // in YAML
}

// FigureForm returns what one can ask of a run.
func (a *App) FigureForm(run string) (*FigureForm, error) {
	dir, err := store.Find(a.Runs, run)
	if err != nil {
		return nil, err
	}
	file, err := a.readSpec(dir)
	if err != nil {
		return nil, err
	}
	sweep := file.FigureSweep(a.recordedOptions(nil))
	axes := axesOf(sweep)
	form := &FigureForm{Filters: filtersOf(sweep)}
	for _, c := range file.Base.Report {
		if c.Config != nil {
			form.Own = append(form.Own, AskedFigure{c.Kind.Name, spec.FigureTexts(c), spec.FigureLine(c)})
		}
	}
	for _, k := range a.catalog.Figures {
		form.Kinds = append(form.Kinds, a.figureKind(k, axes, sweep.Priors))
	}
	return form, nil
}

// axesOf returns what can be along an axis: swept keys, those of numbers first, then columns.
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

// filtersOf returns the swept keys and the prior with their values, as far as where can name
// these.
func filtersOf(s figures.Sweep) (list []Filter) {
	for _, key := range append([]string{"prior"}, s.Keys...) {
		f := Filter{Key: key}
		for _, v := range s.Values[s.Columns.Resolve(key)] {
			if text, ok := valueText(v); ok {
				f.Values = append(f.Values, text)
			}
		}
		if len(f.Values) > 1 {
			list = append(list, f)
		}
	}
	return list
}

// valueText writes a value as YAML, unless it is a list or a section.
func valueText(v any) (text string, ok bool) {
	switch v := v.(type) {
	case string:
		return spec.ValueText(yamlpos.TextNode(v)), true
	case bool:
		return fmt.Sprint(v), true
	}
	number, ok := record.Plain(v).(float64)
	return yamlpos.NumberNode(number).Value, ok
}

// figureKind describes a kind of figure. Keys that are texts name an axis, unless they are
// known to name a prior or to be a title.
func (a *App) figureKind(k figures.Kind, axes, priors []string) FigureKind {
	out := FigureKind{Name: k.Name, Doc: k.Doc}
	for _, f := range yamlpos.Fields(k.New()) {
		key := FigureKey{
			Name: f.Name, Doc: f.Doc, Unit: f.Unit, Range: f.Range.String(), Example: f.Example, Required: f.Required, Where: f.Type == yamlpos.Scalars,
			Default: defaultText(f), Choices: spec.EditKey{Key: f.Name, Field: f}.Choices(a.catalog.Names()),
		}
		switch {
		case len(f.Words) > 0:
			key.Choices, key.Example = nil, strings.Join(key.Choices, ", ") // beside numbers
		case f.Type != yamlpos.Text || f.List || f.Enum != nil || f.Name == "title":
		case f.Name == "prior" || f.Name == "against":
			key.Choices, key.Blank = priors, key.Default != ""
		default:
			key.Choices, key.Blank = axes, key.Default != ""
		}
		if f.Required && len(key.Choices) > 0 {
			key.Suggested = unused(out.Keys, key.Choices)
		}
		out.Keys = append(out.Keys, key)
	}
	return out
}

// unused returns the first of some choices that no key suggests yet.
func unused(keys []FigureKey, choices []string) string {
	i := slices.IndexFunc(choices, func(c string) bool {
		return !slices.ContainsFunc(keys, func(k FigureKey) bool { return k.Suggested == c })
	})
	return choices[max(i, 0)]
}

// defaultText writes the default of a field in YAML; "" for none and for the empty text.
func defaultText(f yamlpos.Field) string {
	n := f.DefaultNode()
	if n == nil || n.Kind == yamlpos.Scalar {
		return strings.Trim(f.Default, `"`)
	}
	return f.Default
}
