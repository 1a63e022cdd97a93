package app

import (
	"context"
	"fmt"
	"slices"

	"sedlab/framework/compare"
	"sedlab/framework/store"
	"sedlab/internal/settings"
	"sedlab/internal/yamlpos"
)

// Difference lists where two runs differ.
type Difference struct {
	A       string           `json:"a"` // folders
	B       string           `json:"b"`
	Spec    []compare.Change `json:"spec"`
	Origin  []compare.Change `json:"origin"` // program, machine and data
	Results compare.Pairing  `json:"results"`
}

// Diff compares the specs and the origin of two runs, and their results by one of
// Metrics. The error is a *QueryError for any other metric.
func (a *App) Diff(ctx context.Context, runA, runB, metric string) (*Difference, error) {
	x, y, err := a.readPair(ctx, runA, runB, metric)
	if err != nil {
		return nil, err
	}
	d := difference(x, y)
	d.Results = compare.Runs(x.found, y.found, metric)
	return d, nil
}

// readPair reads two runs to compare by a metric.
func (a *App) readPair(ctx context.Context, runA, runB, metric string) (x, y pastRun, err error) {
	if metrics := a.Metrics(); !slices.Contains(metrics, metric) {
		return x, y, &QueryError{fmt.Errorf("metric %q: %s", metric, yamlpos.Instead(metric, metrics))}
	}
	var runs [2]pastRun
	for i, name := range []string{runA, runB} {
		if runs[i], err = a.readRun(ctx, name); err == nil {
			err = runs[i].problem
		}
		if err != nil {
			return x, y, err
		}
	}
	return runs[0], runs[1], nil
}

// difference compares the specs and the origin of two runs.
func difference(x, y pastRun) *Difference {
	return &Difference{
		A: x.dir, B: y.dir, Spec: compare.Specs(x.found.Spec, y.found.Spec),
		Origin: compare.Specs(origin(x.Manifest), origin(y.Manifest)),
	}
}

// Beside shows runs beside each other.
type Beside struct {
	Runs   []BesideRun
	Spec   []BesideRow // keys of specs that differ
	Origin []BesideRow // program, machine and data, where they differ
}

// BesideRun is one of the runs of a Beside.
type BesideRun struct {
	store.Manifest
	Status  store.Status
	Problem error // why its spec, or all of it, is missing
}

// BesideRow has the JSON of each run's value of a key; nil where a run has none.
type BesideRow struct {
	Key    string
	Values []*string
}

// Beside lists where the specs and the origin of runs differ. It reads no tables. The error
// is a *store.FindError.
func (a *App) Beside(ids []string) (*Beside, error) {
	b := &Beside{}
	var specs, origins []settings.List
	for _, id := range ids {
		dir, err := a.Folder(id)
		if err != nil {
			return nil, err
		}
		m, status, err := state(dir)
		m.ID = id // the folder may have been renamed
		run := BesideRun{Manifest: m, Status: status, Problem: err}
		var ran, from settings.List
		if err == nil {
			ran, run.Problem = store.ReadSettings(dir, m)
			from = origin(m)
		}
		b.Runs, specs, origins = append(b.Runs, run), append(specs, ran), append(origins, from)
	}
	b.Spec, b.Origin = differing(specs), differing(origins)
	return b, nil
}

// differing returns the keys at which lists differ, in order.
func differing(lists []settings.List) (rows []BesideRow) {
	var keys []string
	for _, l := range lists[min(1, len(lists)):] {
		for _, c := range settings.Diff(lists[0], l) {
			keys = append(keys, c.Key)
		}
	}
	slices.Sort(keys)
	for _, key := range slices.Compact(keys) {
		row := BesideRow{Key: key}
		for _, l := range lists {
			var text *string
			if v, ok := l.Get(key); ok {
				s := settings.Text(v)
				text = &s
			}
			row.Values = append(row.Values, text)
		}
		rows = append(rows, row)
	}
	return rows
}
