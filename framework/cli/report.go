package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"sedlab/framework/search"
	"sedlab/framework/spec"
	"sedlab/framework/store"
	"sedlab/internal/record"
	"sedlab/reports"
	"sedlab/reports/scores"
)

func (a *app) reportCommand() *cobra.Command {
	var root string
	var asJSON, pdf bool
	c := &cobra.Command{
		Use:   "report RUN",
		Short: "Make a run's figures and report again, from its tables alone",
		Long: "Report makes figures/ and report.md of a run again, from its Parquet tables and the report section of its\n" +
			"spec.yaml, which may be edited first. RUN is a folder, an id or its beginning, or latest.",
		Args: args(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			dir, err := store.Find(root, args[0])
			if err != nil {
				return usageError{err}
			}
			summary, err := a.report(dir, pdf)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(a.stdout, summary)
			}
			fmt.Fprintln(a.stdout, summary.Report)
			for _, figure := range summary.Figures {
				fmt.Fprintln(a.stdout, figure)
			}
			return nil
		},
	}
	rootFlag(c, &root)
	jsonFlag(c, &asJSON)
	c.Flags().BoolVar(&pdf, "pdf", false, "draw figures as PDF too")
	return c
}

// report draws the figures of the run in dir and writes its report.
func (a *app) report(dir string, pdf bool) (*reports.Summary, error) {
	file, err := a.readSpec(dir)
	if err != nil {
		return nil, err
	}
	m, err := store.ReadManifest(dir)
	if err == nil {
		err = store.CheckTables(dir, m)
	}
	if err != nil {
		return nil, err
	}
	run := reports.Run{
		ID: m.ID, Name: m.Name, Question: m.Question, Settings: settings(file, m),
		Columns: scores.Columns(a.scores), Normalize: file.Base.Dataset.Normalize, Claims: a.generators(file.Base),
	}
	if c, ok := search.Criterion(file); ok {
		run.Choose = &c
	}
	for _, f := range file.Base.Report {
		run.Figures = append(run.Figures, f)
	}
	if run.Signals, err = record.ReadSignals(filepath.Join(dir, store.SignalsFile)); err != nil {
		return nil, err
	}
	if run.Training, err = record.ReadTraining(filepath.Join(dir, store.TrainingFile)); err != nil {
		return nil, err
	}
	if run.Examples, err = record.ReadExamples(filepath.Join(dir, store.ExamplesFile)); err != nil {
		return nil, err
	}
	summary, err := reports.Write(dir, run, reports.Options{PDF: pdf})
	if err != nil {
		return nil, err
	}
	for _, skipped := range summary.Skipped {
		fmt.Fprintln(a.stderr, "sedlab: note:", skipped)
	}
	return summary, nil
}

// readSpec reads the resolved spec of a run folder.
func (a *app) readSpec(dir string) (*spec.File, error) {
	path := filepath.Join(dir, store.SpecFile)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, usageError{fmt.Errorf("run %s: has no %s", dir, store.SpecFile)}
	}
	if err != nil {
		return nil, err
	}
	return spec.Parse(data, path, a.specOptions(specFlags{maxCells: math.MaxInt32})) // any that has run
}

// generators names the priors that the paper's claims are about.
func (a *app) generators(s *spec.Spec) (names []string) {
	for _, p := range s.Priors {
		for _, k := range a.kinds {
			if k.Name == p.Kind && k.Generator {
				names = append(names, p.Name)
			}
		}
	}
	return names
}

// settings is what the report says of how the run was made: the data and the
// machine, then every key of the spec.
func settings(f *spec.File, m store.Manifest) [][2]string {
	var list [][2]string
	for _, d := range m.Datasets {
		list = append(list, [2]string{"data", d.Name + ", SHA-256 " + d.SHA256})
	}
	for _, note := range m.Notes {
		list = append(list, [2]string{"note", note})
	}
	list = append(list,
		[2]string{"kernel", m.System.Kernel + " on " + m.System.CPU},
		[2]string{"version", m.Module.Version + ", " + m.Module.Go})
	for _, s := range f.Settings() {
		value := s.Value
		if len(s.Sweep) > 0 {
			value = "swept"
		}
		list = append(list, [2]string{s.Key, value})
	}
	return list
}
