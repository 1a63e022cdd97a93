package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"sedlab/framework/compare"
	"sedlab/framework/store"
	"sedlab/internal/record"
	"sedlab/internal/yamlpos"
)

// errDifferent ends a comparison of runs whose results are not the same.
var errDifferent = errors.New("the results differ")

// difference is what sedlab runs diff says.
type difference struct {
	A       string           `json:"a"` // folders
	B       string           `json:"b"`
	Spec    []compare.Change `json:"spec"`
	Origin  []compare.Change `json:"origin"` // program, machine and data
	Results compare.Pairing  `json:"results"`
}

func (a *app) runsDiffCommand() *cobra.Command {
	var root, metric string
	var asJSON bool
	c := &cobra.Command{
		Use:   "diff A B",
		Short: "Compare two runs: their specs, and their results signal by signal",
		Long: "Diff shows where the specs of two runs differ, and compares their results. Rows are paired by prior, signal, and\n" +
			"every column that says which problem was solved, but for those in which the runs share no value: that is what\n" +
			"they differ in. Where several rows then stand for one, such as those of several seeds, their means are compared.\n" +
			"The exit code is 0 if the results are the same, 1 if they differ, 2 if they cannot be compared.\n" +
			"A and B are folders, ids or their beginnings, or latest.",
		Args: args(cobra.ExactArgs(2)),
		RunE: func(_ *cobra.Command, args []string) error {
			if !slices.Contains(a.metrics(), metric) {
				return usageError{fmt.Errorf("--metric %q: %s", metric, yamlpos.Instead(metric, a.metrics()))}
			}
			d, err := differ(root, args[0], args[1], metric)
			if err != nil {
				return usageError{err} // which is diff(1)'s code of trouble too
			}
			if asJSON {
				err = printJSON(a.stdout, d)
			} else {
				err = d.print(a.stdout)
			}
			if err == nil {
				err = d.verdict()
			}
			return err
		},
	}
	rootFlag(c, &root)
	c.Flags().StringVar(&metric, "metric", "mse", "`column` to compare: "+strings.Join(a.metrics(), ", "))
	jsonFlag(c, &asJSON)
	return c
}

// verdict is the error that the command ends with, nil for the same results.
func (d *difference) verdict() error {
	switch r := d.Results; {
	case r.Identical:
		return nil
	case pairsIdentical(r):
		return fmt.Errorf("all pairs are identical, but %s of A and %s of B are in that run alone",
			plural(r.OnlyA, "row"), plural(r.OnlyB, "row"))
	}
	return errDifferent
}

// differ compares two runs.
func differ(root, nameA, nameB, metric string) (*difference, error) {
	dirA, a, originA, err := open(root, nameA)
	if err != nil {
		return nil, err
	}
	dirB, b, originB, err := open(root, nameB)
	if err != nil {
		return nil, err
	}
	return &difference{
		A: dirA, B: dirB, Spec: compare.Specs(a.Spec, b.Spec),
		Origin: compare.Specs(originA, originB), Results: compare.Runs(a, b, metric),
	}, nil
}

// open reads a run, and what its results may depend on besides the spec.
func open(root, name string) (dir string, run compare.Run, origin store.Settings, err error) {
	if dir, err = store.Find(root, name); err != nil {
		return dir, run, origin, err
	}
	m, err := store.ReadManifest(dir)
	if err == nil {
		err = store.CheckTables(dir, m)
	}
	if err != nil {
		return dir, run, origin, err
	}
	run.Datasets = m.Datasets
	if run.Spec, err = store.ReadSettings(dir); err != nil {
		return dir, run, origin, err
	}
	run.Rows, err = record.ReadSignals(filepath.Join(dir, store.SignalsFile))
	if errors.Is(err, fs.ErrNotExist) {
		err = nil // a run that was killed has none, and that is told
	}
	return dir, run, originOf(m), err
}

func originOf(m store.Manifest) store.Settings {
	var data []string
	for _, d := range m.Datasets {
		data = append(data, d.Name+" "+d.SHA256)
	}
	commit := ""
	if m.Git != nil {
		commit = m.Git.Commit
		if m.Git.Dirty {
			commit += " with changes"
		}
	}
	return store.Settings{ // by key
		{Key: "commit", Value: commit},
		{Key: "cpu", Value: m.System.CPU},
		{Key: "data", Value: strings.Join(data, ", ")},
		{Key: "go", Value: m.Module.Go},
		{Key: "kernel", Value: m.System.Kernel},
		{Key: "platform", Value: m.System.OS + "/" + m.System.Arch},
		{Key: "version", Value: m.Module.Version},
	}
}
