package app

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"sedlab/framework/spec"
)

// Checked is what is right and wrong with a spec.
type Checked struct {
	Spec      string       `json:"spec"`
	OK        bool         `json:"ok"`
	Name      string       `json:"name,omitempty"`
	Hash      string       `json:"hash,omitempty"`
	Cells     int          `json:"cells"`
	Trainings int          `json:"trainings"`
	Absent    []Absent     `json:"notes"`  // of the data; the spec is right all the same
	Errors    *spec.Errors `json:"errors"` // a list
}

// Absent is a data set whose file is not here. It may be where the spec will run.
type Absent struct {
	Source string // which looks for its file where it is not; empty for a file that the spec names
	Err    error
}

func (a Absent) String() string { return fmt.Sprintf("the data are not here: %v", a.Err) }

// MarshalText returns the absence in words.
func (a Absent) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// Check says everything that is wrong with a spec. It reads no data. What is wrong
// with the spec is in the result; an error is about something else.
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
	work, _, err := a.plan(file, nil)
	if err != nil {
		return err
	}
	if c.Cells, c.Trainings, err = work.Count(); err != nil {
		return err
	}
	c.Name, c.Hash = file.Base.Name, file.Hash()
	for _, t := range work.Plan().Trainings {
		b := a.absent(t.Dataset)
		same := func(c Absent) bool { return c.String() == b.String() }
		if b.Err != nil && !slices.ContainsFunc(c.Absent, same) {
			c.Absent = append(c.Absent, b)
		}
	}
	return nil
}

// absent returns the absence of a data set's file; Err is nil if it is there, or
// if there is no file to look for.
func (a *App) absent(d spec.Dataset) Absent {
	b, path := Absent{}, d.Path
	for _, s := range a.catalog.Sources {
		if path == "" && s.Name == d.Source && s.DefaultPath != nil {
			path, _ = s.DefaultPath() // without one there is nothing to look for
			b.Source = s.Name
		}
	}
	if path == "" {
		return Absent{}
	}
	info, err := os.Stat(path)
	if b.Err = err; err == nil && !info.Mode().IsRegular() {
		b.Err = fmt.Errorf("%s is no regular file", path)
	}
	return b
}
