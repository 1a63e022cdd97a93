package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"sedlab/datasets"
	"sedlab/framework/plan"
	"sedlab/framework/search"
	"sedlab/framework/spec"
	"sedlab/framework/spec/schema"
	"sedlab/internal/yamlpos"
)

// Checked is the result of checking a spec.
type Checked struct {
	Spec      string       `json:"spec"`
	OK        bool         `json:"ok"`
	Name      string       `json:"name,omitempty"`
	Hash      string       `json:"hash,omitempty"`
	Cells     int          `json:"cells"`
	Trainings int          `json:"trainings"`
	Absent    []Absent     `json:"notes"`             // data whose files are not here; the spec is right all the same
	Undrawn   []string     `json:"undrawn,omitempty"` // figures with too much in them; the spec is right all the same
	Errors    *spec.Errors `json:"errors"`            // a list
}

// Absent is a data set, or a prior to begin with, whose file is not on this machine. It may be where the spec will
// run.
type Absent struct {
	Fetch string // the source, if its file can be downloaded
	Err   error
}

func (a Absent) String() string { return fmt.Sprintf("a file is not here: %v", a.Err) }

// MarshalText returns the text of String.
func (a Absent) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// Check finds everything that is wrong with a spec. Of data files it reads the size alone. The spec's errors
// are in the result; the returned error is about something else.
func (a *App) Check(ref SpecRef) (*Checked, error) {
	c := &Checked{Spec: ref.Name, Absent: []Absent{}, Errors: &spec.Errors{}}
	file, err := a.load(ref)
	if err == nil {
		err = a.check(c, file)
	}
	c.OK = err == nil
	if err == nil || errors.As(err, &c.Errors) {
		return c, nil
	}
	return nil, err
}

func (a *App) check(c *Checked, file *spec.File) error {
	work, err := search.New(file, thisMachine(), plan.Unidentified)
	if err != nil {
		return err
	}
	if c.Cells, c.Trainings, err = work.Count(); err != nil {
		return err
	}
	if err := a.afford(work.Plan(), knownSize(), everything); err != nil {
		return err
	}
	c.Name, c.Hash, c.Undrawn = file.Base.Name, file.Hash(), file.Undrawn()
	for _, t := range work.Plan().Trainings {
		for _, b := range []Absent{absent(t.Dataset), absentStart(work.Plan(), t)} {
			same := func(c Absent) bool { return c.String() == b.String() }
			if b.Err != nil && !slices.ContainsFunc(c.Absent, same) {
				c.Absent = append(c.Absent, b)
			}
		}
	}
	return nil
}

// absent looks for a data set's file. Err is nil if the file is there, or if the data
// set has none.
func absent(d *spec.Dataset) (b Absent) {
	source, ok := d.Source.Config.(datasets.FileConfig)
	if !ok {
		return b
	}
	path, err := source.File()
	if err != nil {
		return b // without a path there is nothing to look for
	}
	if _, ok := source.(datasets.Fetcher); ok {
		b.Fetch = d.Source.Kind.Name
	}
	b.Err = regularFile(path)
	return b
}

// absentStart looks for the file of a prior that a training begins with.
func absentStart(p *plan.Plan, t plan.Training) (b Absent) {
	path, _ := t.Prior.StartsFrom()
	if path == "" {
		return b
	}
	if err := regularFile(path); err != nil {
		b.Err = p.FileError(t.Prior, err)
	}
	return b
}

// regularFile returns an error unless there is a regular file at path.
func regularFile(path string) error {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a regular file", path)
	}
	return err
}

// Explained is one key of a spec: its value, where the value is from, and what it means.
type Explained struct {
	Key     string          `json:"key"`
	Value   json.RawMessage `json:"value"`
	From    string          `json:"from"` // a place, an edit, "default", or a note that the key is only swept
	Meaning string          `json:"meaning,omitempty"`
	Unit    string          `json:"unit,omitempty"`
	Range   string          `json:"range,omitempty"`
	Default json.RawMessage `json:"default,omitempty"`
	Swept   []Swept         `json:"swept,omitempty"`
}

// Swept is the list of values that a block of the sweep gives a key.
type Swept struct {
	Values json.RawMessage `json:"values"` // a list
	From   string          `json:"from"`
}

// Explain returns the keys of a spec that have values. Given a key, it returns only that
// key and those below it, including those in the sweep. If there are none, the error is
// a *KeyError.
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

// allowed lists the values that a key may have; it is empty if it may have any of its
// type.
func allowed(f yamlpos.Field) string {
	words := f.Enum
	if len(words) == 1 && strings.HasPrefix(words[0], "@") {
		words = nil // these are names of the catalog; the schema lists them
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
func (a *App) Schema() any { return schema.New(a.catalog) }

// Reference returns the keys of specs for people, in Markdown.
func (a *App) Reference() []byte { return schema.Reference(a.catalog) }
