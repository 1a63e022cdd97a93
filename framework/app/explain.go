package app

import (
	"encoding/json"
	"strings"

	"sedlab/framework/spec"
	"sedlab/framework/spec/schema"
	"sedlab/internal/yamlpos"
)

// Explained is one key of a spec: its value, where that is from, and what it means.
type Explained struct {
	Key     string          `json:"key"`
	Value   json.RawMessage `json:"value"`
	From    string          `json:"from"` // a place, an edit, "default", or that it is swept alone
	Meaning string          `json:"meaning,omitempty"`
	Unit    string          `json:"unit,omitempty"`
	Range   string          `json:"range,omitempty"`
	Default json.RawMessage `json:"default,omitempty"`
	Swept   []Swept         `json:"swept,omitempty"`
}

// Swept is what a block of the sweep gives a key.
type Swept struct {
	Values json.RawMessage `json:"values"` // a list
	From   string          `json:"from"`
}

// Explain returns the keys of a spec that have values; with a key, those at it or
// below it, also of the sweep's entries. If there is none the error is a *KeyError.
func (a *App) Explain(ref SpecRef, key string) ([]Explained, error) {
	f, err := a.load(ref)
	if err != nil {
		return nil, err
	}
	all := f.Settings()
	if key != "" {
		all = append(all, f.SweepSettings()...)
	}
	var list []Explained
	var known []string
	for _, s := range all {
		known = append(known, s.Key)
		if key == "" || s.At(key) {
			list = append(list, explain(s))
		}
	}
	if len(list) == 0 {
		return nil, &KeyError{key, yamlpos.Near(key, known)}
	}
	return list, nil
}

func explain(s spec.Setting) Explained {
	e := Explained{
		Key: s.Key, Value: json.RawMessage(s.Value), From: s.From.String(),
		Meaning: s.Field.Doc, Unit: s.Field.Unit, Range: allowed(s.Field),
	}
	if e.From == "" {
		e.From = "default"
		if s.Value == "null" {
			e.From = "no value but those of the sweep"
		}
	}
	if n := s.Field.DefaultNode(); n != nil {
		e.Default, _ = n.MarshalJSON() // of a tree: it cannot fail
	}
	for _, swept := range s.Sweep {
		e.Swept = append(e.Swept, Swept{json.RawMessage(swept.Values), swept.From.String()})
	}
	return e
}

// allowed lists the values that a key takes, if not all of its type.
func allowed(f yamlpos.Field) string {
	words := f.Enum
	if len(words) == 1 && strings.HasPrefix(words[0], "@") {
		words = nil // names of the catalog, which the schema lists
	}
	for _, w := range f.Words {
		words = append(words, w.Text)
	}
	if r := f.Range.String(); r != "" {
		words = append([]string{r}, words...)
	}
	return strings.Join(words, ", ")
}

// Schema returns the format of specs, whose JSON is a JSON Schema (2020-12).
func (a *App) Schema() any { return schema.New(a.options(SpecRef{})) }

// Reference returns the keys of specs for people, in Markdown.
func (a *App) Reference() []byte { return schema.Reference(a.options(SpecRef{})) }
