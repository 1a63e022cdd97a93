package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"sedlab/framework/plan"
	"sedlab/framework/runner"
	"sedlab/framework/store"
	"sedlab/reports"
)

// runFlags are the flags of sedlab run.
type runFlags struct {
	sets    []string
	workers int
	root    string
	json    bool
	pdf     bool
}

func (a *app) runCommand() *cobra.Command {
	var f runFlags
	c := &cobra.Command{
		Use:   "run SPEC",
		Short: "Run a spec: a file, or the name of a shipped experiment",
		Long: "Run trains the priors of a spec, reconstructs the signals of every cell, and writes tables, figures and\n" +
			"report.md to a new folder. SPEC is a file, or the name of a shipped experiment such as quickstart.",
		Example: "  sedlab run quickstart\n  sedlab run paper/figure2a --set priors.glo.train.epochs=200 --workers 2",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			return a.run(c.Context(), args[0], f)
		},
	}
	a.setFlag(c, &f.sets)
	c.Flags().IntVar(&f.workers, "workers", runtime.GOMAXPROCS(0), "goroutines that compute; changes no result")
	rootFlag(c, &f.root)
	c.Flags().BoolVar(&f.json, "json", false, "print the result as JSON")
	c.Flags().BoolVar(&f.pdf, "pdf", false, "draw figures as PDF too")
	return c
}

func (a *app) setFlag(c *cobra.Command, sets *[]string) {
	c.Flags().StringArrayVar(sets, "set", nil, "set a value of the spec, `key=value`; may be repeated")
}

func rootFlag(c *cobra.Command, root *string) {
	c.Flags().StringVar(root, "runs", "runs", "`folder` of the run folders")
}

func (a *app) run(ctx context.Context, name string, f runFlags) error {
	if f.workers < 1 {
		return usageError{fmt.Errorf("--workers %d: must be at least 1", f.workers)}
	}
	p, err := a.load(name, f.sets)
	if err != nil {
		return err
	}
	bars := newBars(a.stderr)
	defer bars.close()
	loaded, err := runner.Load(ctx, p, bars)
	if err != nil {
		return err
	}
	r, err := a.create(p, f)
	if err != nil {
		return err
	}
	result, err := loaded.Run(ctx, runner.Options{
		RunID: r.Manifest.ID, Workers: f.workers, Progress: bars, Log: r.Log,
	})
	bars.close()
	return a.finish(r, p, result, err, f)
}

// create makes the run's folder.
func (a *app) create(p *plan.Plan, f runFlags) (*store.Run, error) {
	resolved, err := p.File.YAML()
	if err != nil {
		return nil, err
	}
	m := store.NewManifest(p.File.Base.Name, time.Now(), a.args)
	m.Question, m.SpecHash, m.Workers = p.File.Question, p.File.Hash(), f.workers
	m.Cells.Total = len(p.Cells)
	for _, c := range p.Cells {
		if seed := c.Point.Spec.Seed; !slices.Contains(m.Seeds, seed) {
			m.Seeds = append(m.Seeds, seed)
		}
	}
	return store.Create(f.root, m, resolved)
}

// finish saves what there is, draws it, and says how the run ended.
func (a *app) finish(r *store.Run, p *plan.Plan, result *runner.Result, runErr error, f runFlags) error {
	r.Manifest.Datasets, r.Manifest.Cells.Done = result.Datasets, result.CellsDone
	status := store.Done
	switch {
	case errors.Is(runErr, context.Canceled):
		status = store.Interrupted
		runErr = fmt.Errorf("%w: %d of %d cells are kept in %s; sedlab report %s draws them, sedlab run %s runs all again",
			runErr, result.CellsDone, len(p.Cells), r.Dir, r.Dir, filepath.Join(r.Dir, store.SpecFile))
	case runErr != nil:
		status, r.Manifest.Error = store.Failed, runErr.Error()
	case len(result.Failures) > 0:
		status = store.Failed
		runErr = failedCells{len(result.Failures), len(p.Cells)}
	}
	for _, w := range result.Warnings {
		fmt.Fprintln(a.stderr, "sedlab: note:", w)
		r.Log.Warn(w)
	}
	for _, x := range result.Failures {
		fmt.Fprintf(a.stderr, "sedlab: cell %s: %v\n", x.Cell, x.Err)
	}
	r.Manifest.Notes = result.Warnings
	err := errors.Join(runErr, r.SaveTables(result.Signals, result.Training, result.Examples), r.Finish(status, time.Now()))
	if len(result.Signals) == 0 || status == store.Interrupted {
		return err
	}
	summary, reportErr := a.report(r.Dir, f.pdf)
	if reportErr == nil {
		reportErr = a.printRun(r, summary, f.json)
	}
	return errors.Join(err, reportErr)
}

// printRun prints where the results are and what they say.
func (a *app) printRun(r *store.Run, s *reports.Summary, asJSON bool) error {
	if asJSON {
		return printJSON(a.stdout, struct {
			store.Manifest
			Dir    string           `json:"dir"`
			Report *reports.Summary `json:"results"`
		}{r.Manifest, r.Dir, s})
	}
	took := time.Duration(r.Manifest.Seconds * float64(time.Second)).Round(100 * time.Millisecond)
	fmt.Fprintf(a.stdout, "%s: %s, %d of %d cells in %s\n", r.Manifest.Name, r.Manifest.Status,
		r.Manifest.Cells.Done, r.Manifest.Cells.Total, took)
	for _, c := range s.Claims {
		if c.Verdict == reports.NotTested {
			continue
		}
		fmt.Fprintf(a.stdout, "  %s %s: %s\n", c.Prior, c.Verdict, c.Claim)
	}
	fmt.Fprintln(a.stdout, s.Report)
	for _, figure := range s.Figures {
		fmt.Fprintln(a.stdout, figure)
	}
	return nil
}
