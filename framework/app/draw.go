package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"sedlab/framework/spec"
	"sedlab/framework/store"
	"sedlab/internal/kind"
	"sedlab/internal/record"
	"sedlab/reports"
)

// Drawing is a figure that was asked of a run, ready to be written.
type Drawing struct {
	Kind    string     // of the figure
	Heading string     // its title or, without one, what it shows
	Caption []string   // sentences
	Table   [][]string // what it shows, rounded; the first row is the header; may be nil
	Line    string     // the item of a spec's report that asks for it, on a line
	Undrawn error      // why there are only data, and no picture; nil if there is one
	Unread  []error    // tables of the run that could not be read; the figure is of the others

	drawn *reports.Drawn
}

// UnfinishedError reports a run that has no tables yet.
type UnfinishedError struct {
	ID     string
	Status store.Status
}

func (e *UnfinishedError) Error() string {
	if e.Status == store.Interrupted || e.Status == store.Killed {
		return "run " + e.ID + " was " + string(e.Status) + " before it wrote tables; continue it with sedlab resume"
	}
	return "run " + e.ID + " has no tables yet; they are written when it ends"
}

// unfinished returns the error about a run without tables.
func unfinished(dir string, m store.Manifest) error {
	_, status, err := state(dir)
	if err != nil {
		return err
	}
	return &UnfinishedError{m.ID, status}
}

// DrawError reports a figure that cannot be drawn from a run's rows.
type DrawError struct {
	Kind string
	Err  error
}

func (e *DrawError) Error() string { return e.Kind + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *DrawError) Unwrap() error { return e.Err }

// Draw draws a figure of a run that its report need not have. The figure is written as an
// item of a spec's report, such as {figure: boxplot, x: prior}. The error is a *spec.Errors
// about the item, an *UnfinishedError, a *DrawError, or about the run's files.
func (a *App) Draw(ctx context.Context, run, item string) (*Drawing, error) {
	dir, err := store.Find(a.Runs, run)
	if err != nil {
		return nil, err
	}
	r, file, m, err := a.describe(dir)
	if err != nil {
		return nil, err
	}
	c, err := file.Figure(item, a.recordedOptions(nil))
	if err != nil {
		return nil, err
	}
	unread, err := a.addRows(ctx, &r, dir, m, spec.ShowsExamples(c))
	if err != nil {
		return nil, err
	}
	d, err := kind.Try("", func() (*reports.Drawn, error) { return c.Config.Draw(r) })
	if err != nil {
		return nil, &DrawError{c.Kind.Name, errors.Join(append(unread, withoutStack(err))...)}
	}
	heading := d.Title
	if heading == "" {
		heading = strings.Join(append([]string{d.Default}, d.Choices...), ", ")
	}
	return &Drawing{
		Kind: c.Kind.Name, Heading: heading, Caption: d.Caption, Table: d.Table, Line: spec.FigureLine(c), Undrawn: d.Undrawn, Unread: unread, drawn: d,
	}, nil
}

// addRows reads the tables of a run for a figure, that of kept reconstructions only if it may
// show them, and returns why some cannot be read.
func (a *App) addRows(ctx context.Context, r *reports.Run, dir string, m store.Manifest, examples bool) (unread []error, err error) {
	var errs [3]error
	r.Signals, errs[0] = rowsOf[record.Signal](ctx, a, dir, m, store.SignalsFile)
	r.Training, errs[1] = rowsOf[record.Training](ctx, a, dir, m, store.TrainingFile)
	if errs[2] = fs.ErrNotExist; examples {
		r.Examples, errs[2] = rowsOf[record.Example](ctx, a, dir, m, store.ExamplesFile)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(errs[:], func(err error) bool { return !errors.Is(err, fs.ErrNotExist) }) {
		return nil, unfinished(dir, m)
	}
	for _, err := range errs {
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			unread = append(unread, err)
		}
	}
	return unread, nil
}

// withoutStack shortens a panic in a kind's code to its value.
func withoutStack(err error) error {
	if p := new(kind.PanicError); errors.As(err, &p) {
		return fmt.Errorf("panic: %v", p.Value)
	}
	return err
}

// Formats returns the formats in which a drawing can be written: svg, png, pdf and csv, or
// csv alone.
func (d *Drawing) Formats() (list []string) {
	for _, extension := range d.drawn.Files(true) {
		list = append(list, extension[1:])
	}
	return list
}

// Write writes a drawing in one of its Formats. The error is a *QueryError for any other.
func (d *Drawing) Write(w io.Writer, format string) error {
	if formats := d.Formats(); !slices.Contains(formats, format) {
		return &QueryError{fmt.Errorf("format %q: expected %s", format, strings.Join(formats, ", "))}
	}
	only := func(name string, write func(io.Writer) error) error {
		if name == "."+format {
			return write(w)
		}
		return nil
	}
	_, err := kind.Try("", func() ([]rune, error) { return d.drawn.Save(only, "", true) })
	if err != nil {
		return &DrawError{d.Kind, withoutStack(err)}
	}
	return nil
}

// FigureItem writes a figure of a kind as an item of a report, from the texts that a person
// gave its keys.
func (a *App) FigureItem(kind string, keys []spec.KeyText) string {
	return spec.FigureItem(a.catalog, kind, keys)
}
