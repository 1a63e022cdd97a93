package app

import (
	"slices"
	"strings"

	"sedlab/framework/spec"
	"sedlab/framework/store"
	"sedlab/internal/yamlpos"
)

// FigureForm says which figures one can ask of a run, and with which keys.
type FigureForm struct {
	Kinds   []FigureKind
	Filters []spec.FigureFilter // what the key where of a figure can choose rows by
	Own     []AskedFigure       // those of the run's report
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
	axes, priors, filters := file.FigureChoices(a.recordedOptions(nil))
	form := &FigureForm{Filters: filters}
	for _, c := range file.Base.Report {
		if c.Config != nil {
			form.Own = append(form.Own, AskedFigure{c.Kind.Name, spec.FigureTexts(c), spec.FigureLine(c)})
		}
	}
	for _, k := range a.catalog.Slots().Figure.Kinds {
		form.Kinds = append(form.Kinds, a.figureKind(k, axes, priors))
	}
	return form, nil
}

// figureKind describes a kind of figure. The tag names of a field says what its text names.
func (a *App) figureKind(k spec.Entry, axes, priors []string) FigureKind {
	out := FigureKind{Name: k.Name, Doc: k.Doc}
	for _, f := range k.Fields {
		key := FigureKey{
			Name: f.Name, Doc: f.Doc, Unit: f.Unit, Range: f.Range.String(), Example: f.Example, Required: f.Required, Where: f.Type == yamlpos.Scalars,
			Default: defaultText(f), Choices: spec.EditKey{Key: f.Name, Field: f}.Choices(a.catalog.Names()),
		}
		switch {
		case len(f.Words) > 0:
			key.Choices, key.Example = nil, strings.Join(key.Choices, ", ") // beside numbers
		case f.Names == "prior":
			key.Choices, key.Blank = priors, key.Default != ""
		case f.Names == "column":
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
