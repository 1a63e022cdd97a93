package app

import (
	"fmt"
	"slices"
	"strings"

	"sedlab/framework/compare"
	"sedlab/framework/store"
	"sedlab/internal/settings"
	"sedlab/internal/yamlpos"
)

// Difference is where two runs differ.
type Difference struct {
	A       string           `json:"a"` // folders
	B       string           `json:"b"`
	Spec    []compare.Change `json:"spec"`
	Origin  []compare.Change `json:"origin"` // program, machine and data
	Results compare.Pairing  `json:"results"`
}

// Diff compares the specs and the origin of two runs, and their results by one of
// store.Metrics. Another metric is a *QueryError.
func (a *App) Diff(runA, runB, metric string) (*Difference, error) {
	if !slices.Contains(store.Metrics(), metric) {
		return nil, &QueryError{fmt.Errorf("metric %q: %s", metric, yamlpos.Instead(metric, store.Metrics()))}
	}
	x, err := a.readSide(runA)
	if err != nil {
		return nil, err
	}
	y, err := a.readSide(runB)
	if err != nil {
		return nil, err
	}
	return &Difference{
		A: x.dir, B: y.dir, Spec: compare.Specs(x.Spec, y.Spec),
		Origin: compare.Specs(x.origin, y.origin), Results: compare.Runs(x.Run, y.Run, metric),
	}, nil
}

// side is one of two runs to compare.
type side struct {
	compare.Run
	dir    string
	origin settings.List // what results may depend on besides the spec
}

func (a *App) readSide(run string) (s side, err error) {
	if s.dir, err = store.Find(a.Runs, run); err != nil {
		return s, err
	}
	m, err := store.ReadVerified(s.dir)
	if err != nil {
		return s, err
	}
	s.Datasets, s.origin = m.Datasets, originOf(m)
	if s.Spec, err = store.ReadSettings(s.dir); err != nil {
		return s, err
	}
	s.Rows, err = readRows(s.dir) // none of a run that was killed, which the comparison says
	return s, err
}

func originOf(m store.Manifest) settings.List {
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
	return settings.List{ // by key
		{Key: "commit", Value: commit},
		{Key: "cpu", Value: m.System.CPU},
		{Key: "data", Value: strings.Join(data, ", ")},
		{Key: "go", Value: m.Module.Go},
		{Key: "kernel", Value: m.System.Kernel},
		{Key: "platform", Value: m.System.OS + "/" + m.System.Arch},
		{Key: "version", Value: m.Module.Version},
	}
}
