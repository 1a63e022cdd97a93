package app

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"

	"sedlab/framework/search"
	"sedlab/framework/spec"
	"sedlab/framework/store"
	"sedlab/internal/record"
	"sedlab/internal/regular"
	"sedlab/internal/sums"
	"sedlab/internal/yamlpos"
	"sedlab/priors"
	"sedlab/reports"
)

// Summary is the outcome of a report.
type Summary = reports.Summary

// Claim is a claim of the paper, and the verdict of a run on it.
type Claim = reports.Claim

// NotTested is the verdict on a claim that a run does not test.
const NotTested = reports.NotTested

// Report makes the figures and the report of a run again, from its tables and the
// report section of its spec.yaml, which may be edited first.
func (a *App) Report(ctx context.Context, run string, pdf bool) (*Summary, error) {
	dir, err := store.Find(a.Runs, run)
	if err != nil {
		return nil, err
	}
	return a.report(ctx, dir, pdf)
}

// report draws the figures of the run in dir and writes its report.
func (a *App) report(ctx context.Context, dir string, pdf bool) (*Summary, error) {
	run, file, m, err := a.describe(dir)
	if err != nil {
		return nil, err
	}
	run.Figures = file.Figures()
	ctx = a.withTables(ctx)
	if run.Signals, err = store.ReadTable[record.Signal](ctx, dir, m, store.SignalsFile); err != nil {
		return nil, err
	}
	if run.Training, err = store.ReadTable[record.Training](ctx, dir, m, store.TrainingFile); err != nil {
		return nil, err
	}
	if run.Examples, err = store.ReadTable[record.Example](ctx, dir, m, store.ExamplesFile); err != nil {
		return nil, err
	}
	s, err := reports.Write(ctx, dir, run, reports.Options{PDF: pdf})
	if err != nil {
		return nil, err
	}
	return s, sums.Accept(dir, store.SpecFile) // its section report may be edited
}

// describe returns what reports say of the run in dir, without figures and rows, with its
// spec and manifest.
func (a *App) describe(dir string) (run reports.Run, file *spec.File, m store.Manifest, err error) {
	if file, err = a.readSpec(dir); err != nil {
		return run, nil, m, err
	}
	if m, err = store.ReadManifest(dir); err != nil {
		return run, nil, m, err
	}
	if _, err = store.ReadSettings(dir, m); err != nil {
		return run, nil, m, err
	}
	note, err := store.ReadNote(dir)
	if err != nil {
		return run, nil, m, err
	}
	run = reports.Run{
		ID: m.ID, Name: m.Name, Question: m.Question, Note: note, Caveats: m.Notes, ReplayOf: m.ReplayOf,
		Settings: reported(file, m),
		Columns:  a.catalog.Columns(), Normalize: file.Base.Dataset.Normalize, Claims: generators(file.Base), Kinds: kinds(file.Base), SameData: sameData(m.Datasets),
	}
	if c, ok := search.Criterion(file); ok {
		run.Choose = &c
	}
	return run, file, m, nil
}

// readSpec reads the resolved spec of a run folder. Edits may change where its data are.
func (a *App) readSpec(dir string, edits ...spec.Edit) (*spec.File, error) {
	return readSpec(dir, a.recordedOptions(edits))
}

func readSpec(dir string, o spec.Options) (*spec.File, error) {
	data, err := regular.ReadIn(dir, store.SpecFile, yamlpos.MaxBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &FolderError{"run " + dir, "has no " + store.SpecFile}
	}
	if err != nil {
		return nil, err
	}
	return spec.Parse(data, filepath.Join(dir, store.SpecFile), o)
}

// generators returns the names of the priors with a generator, which the paper's claims
// are about.
func generators(s *spec.Spec) (names []string) {
	for _, p := range s.Priors {
		if _, ok := p.Config.Blank().(priors.Generator); ok {
			names = append(names, p.Name)
		}
	}
	return names
}

// sameData reports whether all data sets of a run have the same content.
func sameData(list []store.Dataset) bool {
	return !slices.ContainsFunc(list, func(d store.Dataset) bool { return d.SHA256 != list[0].SHA256 })
}

// kinds returns the kinds of the priors, by name.
func kinds(s *spec.Spec) map[string]string {
	names := map[string]string{}
	for _, p := range s.Priors {
		names[p.Name] = p.Kind.Name
	}
	return names
}

// reported returns the settings that a report lists: the data and the machine, then
// every key of the spec.
func reported(f *spec.File, m store.Manifest) [][2]string {
	var list [][2]string
	for _, d := range m.Datasets {
		list = append(list, [2]string{"data", d.String()})
	}
	list = append(list,
		[2]string{"kernel", m.System.Kernel + " on " + m.System.CPU})
	if m.Work != nil {
		list = append(list, [2]string{"work", m.Work.String()})
	}
	list = append(list, [2]string{"version", m.Module.Version + ", " + m.Module.Go})
	for _, s := range f.Settings() {
		value := s.Value
		if len(s.Sweep) > 0 {
			value = "swept"
		}
		list = append(list, [2]string{s.Key, value})
	}
	return list
}
