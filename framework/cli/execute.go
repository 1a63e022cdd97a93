package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"sedlab/framework/cache"
	"sedlab/framework/dataset"
	"sedlab/framework/plan"
	"sedlab/framework/runner"
	"sedlab/framework/spec"
	"sedlab/framework/store"
	"sedlab/reports"
)

// execute runs a spec over a cache, in the folder that begin makes or opens when
// all that can be checked before is right.
func (a *app) execute(ctx context.Context, file *spec.File, f runFlags, cacheDir string, begin func(*plan.Plan) (*store.Run, error)) (r *store.Run, err error) {
	c, err := cache.Open(ctx, cacheDir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	p, err := plan.New(file, a.kinds, identify(ctx, c.Digest))
	if err == nil {
		err = p.Unread
	}
	if err != nil {
		return nil, err
	}
	bars := newBars(a.stderr)
	defer bars.close()
	loaded, err := runner.Load(ctx, p, c, bars)
	if err != nil {
		return nil, err
	}
	if r, err = begin(p); err != nil {
		return nil, err
	}
	result, err := loaded.Run(ctx, runner.Options{
		RunID: r.Manifest.ID, Workers: f.workers, Progress: bars, Log: r.Log, Checkpoint: f.checkpoint,
	})
	bars.close()
	return r, a.finish(r, p, result, err, f)
}

// identify returns what tells a plan which data a section stands for.
func identify(ctx context.Context, digest func(context.Context, string) (string, error)) plan.Identify {
	return func(d spec.Dataset, seed uint64) (dataset.Identity, error) {
		return dataset.Identify(ctx, dataset.Options{Source: d.Source, Path: d.Path, Size: d.Size, Seed: seed}, digest)
	}
}

// create makes the run's folder. replayOf is the run that it repeats, if any.
func (a *app) create(p *plan.Plan, f runFlags, replayOf string) (*store.Run, error) {
	resolved, err := p.File.YAML()
	if err != nil {
		return nil, err
	}
	steps, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	m := store.NewManifest(p.File.Base.Name, time.Now(), a.args)
	m.Question, m.SpecHash, m.Workers, m.ReplayOf = p.File.Question, p.File.Hash(), f.workers, replayOf
	m.Cells.Total = len(p.Cells)
	for _, c := range p.Cells {
		if seed := c.Point.Spec.Seed; !slices.Contains(m.Seeds, seed) {
			m.Seeds = append(m.Seeds, seed)
		}
	}
	return store.Create(f.root, m, resolved, steps)
}

// finish saves what there is, draws it, and says how the run ended.
func (a *app) finish(r *store.Run, p *plan.Plan, result *runner.Result, runErr error, f runFlags) error {
	m := &r.Manifest
	m.Datasets, m.Cells.Done, m.Cells.Cached = result.Datasets, result.CellsDone, result.CellsCached
	m.Results, m.Notes = store.Summarise(result.Signals), result.Warnings
	status := store.Done
	switch {
	case errors.Is(runErr, context.Canceled):
		status = store.Interrupted
		runErr = fmt.Errorf("%w: %d of %d cells are kept in %s; sedlab resume %s goes on from there, sedlab report %s draws them",
			runErr, result.CellsDone, len(p.Cells), r.Dir, r.Dir, r.Dir)
	case runErr != nil:
		status, m.Error = store.Failed, runErr.Error()
	case len(result.Failures) > 0:
		status = store.Failed
		runErr = failedCells{len(result.Failures), len(p.Cells), r.Dir}
		m.Error = fmt.Sprintf("%s: %v", result.Failures[0].Cell, result.Failures[0].Err)
	}
	for _, w := range result.Warnings {
		fmt.Fprintln(a.stderr, "sedlab: note:", w)
		r.Log.Warn(w)
	}
	for _, x := range result.Failures {
		fmt.Fprintf(a.stderr, "sedlab: cell %s: %v\n", x.Cell, x.Err)
	}
	saveErr := r.SaveTables(result.Signals, result.Training, result.Examples)
	if saveErr != nil && status == store.Done {
		status, m.Error = store.Failed, saveErr.Error()
		saveErr = fmt.Errorf("%w; the cells are in the cache: sedlab resume %s writes the tables", saveErr, r.Dir)
	}
	err := errors.Join(runErr, saveErr, r.Finish(status, time.Now()))
	if len(result.Signals) == 0 || status == store.Interrupted || saveErr != nil {
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
	m := r.Manifest
	took := time.Duration(m.Seconds * float64(time.Second)).Round(100 * time.Millisecond)
	fmt.Fprintf(a.stdout, "%s: %s, %d of %d cells in %s", m.Name, m.Status, m.Cells.Done, m.Cells.Total, took)
	if m.Cells.Cached > 0 {
		fmt.Fprintf(a.stdout, ", %d from the cache", m.Cells.Cached)
	}
	fmt.Fprintln(a.stdout)
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
