package app

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sedlab/framework/compare"
	"sedlab/framework/store"
	"sedlab/internal/quantile"
	"sedlab/internal/record"
	"sedlab/internal/settings"
	"sedlab/internal/yamlpos"
)

// Shown is a run and its results.
type Shown struct {
	store.Manifest
	Dir      string        `json:"dir"`
	Status   store.Status  `json:"status"` // killed too
	Tags     []string      `json:"tags"`
	Spec     settings.List `json:"spec"`
	Priors   []PriorTable  `json:"priors"`
	Statuses []StatusCount `json:"failures"` // why signals have no result
	Figures  []string      `json:"figures"`
	Again    []string      `json:"again"` // the command that runs it again

	Metrics []string      `json:"-"` // of Priors, in the order of tables
	Special settings.List `json:"-"` // those of Spec that are no defaults
	Problem error         `json:"-"` // why tags, spec or rows are not there
}

// PriorTable is a prior's results: the medians of all metrics, and the quartiles
// of the finite mse.
type PriorTable struct {
	store.PriorResult
	MSE *[3]float64 `json:"mse_quartiles,omitempty"`
}

// StatusCount counts the rows of a status.
type StatusCount struct {
	Status string `json:"status"`
	Rows   int    `json:"rows"`
}

// Show reads a run. Only its manifest needs to be there.
func (a *App) Show(run string) (*Shown, error) {
	dir, err := store.Find(a.Runs, run)
	if err != nil {
		return nil, err
	}
	m, err := store.ReadVerified(dir)
	if err != nil {
		return nil, err
	}
	s := &Shown{
		Manifest: m, Dir: dir, Status: m.Status, Metrics: a.Metrics(), Figures: figures(filepath.Join(dir, "figures")),
		Again: []string{"sedlab", "run", filepath.Join(dir, store.SpecFile)},
	}
	if m.Status == store.Running && !store.Alive(dir) {
		s.Status = store.Killed
	}
	var tagErr, specErr error
	s.Tags, tagErr = store.ReadTags(dir)
	s.Spec, specErr = store.ReadSettings(dir)
	s.Special = a.special(dir, s.Spec)
	rows, err := readRows(dir)
	s.Problem = errors.Join(tagErr, specErr, err)
	s.Priors, s.Statuses = priorTables(rows), statuses(rows)
	return s, nil
}

// readRows reads the rows of a run; one that has not come so far has none.
func readRows(dir string) ([]record.Signal, error) {
	rows, err := record.Read[record.Signal](filepath.Join(dir, store.SignalsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return rows, err
}

// figures returns the paths of the figures in a folder, none of one that cannot be
// read.
func figures(folder string) []string {
	paths := []string{}
	entries, _ := os.ReadDir(folder)
	for _, e := range entries {
		if filepath.Ext(e.Name()) == ".png" {
			paths = append(paths, filepath.Join(folder, e.Name()))
		}
	}
	return paths
}

// special returns the settings that are no defaults: all, if this program cannot read
// the spec.
func (a *App) special(dir string, all settings.List) settings.List {
	file, err := a.readSpec(dir)
	if err != nil {
		return all
	}
	usual := map[string]string{}
	for _, s := range file.Settings() {
		if n := s.Field.DefaultNode(); n != nil {
			usual[s.Key] = settings.Text(settings.Plain(n))
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(s settings.Setting) bool {
		text, ok := usual[s.Key]
		return s.Key == "report" || s.Key == "name" || ok && text == settings.Text(s.Value)
	})
}

// priorTables returns the results of each prior.
func priorTables(rows []record.Signal) []PriorTable {
	tables := []PriorTable{}
	for _, r := range store.Summarise(rows) {
		table := PriorTable{PriorResult: r}
		var mse []float64
		for i := range rows {
			if v := rows[i].Score("mse"); rows[i].Prior == r.Prior && !math.IsNaN(v) && !math.IsInf(v, 0) {
				mse = append(mse, v)
			}
		}
		if len(mse) > 0 {
			slices.Sort(mse)
			table.MSE = &[3]float64{quantile.Sorted(mse, 0.25), quantile.Sorted(mse, 0.5), quantile.Sorted(mse, 0.75)}
		}
		tables = append(tables, table)
	}
	return tables
}

// statuses counts the rows without a result by their status.
func statuses(rows []record.Signal) []StatusCount {
	list := []StatusCount{}
	for i := range rows {
		status := rows[i].Status
		k := slices.IndexFunc(list, func(c StatusCount) bool { return c.Status == status })
		switch {
		case status == record.StatusOK:
		case k >= 0:
			list[k].Rows++
		default:
			list = append(list, StatusCount{status, 1})
		}
	}
	return list
}

// Difference is where two runs differ.
type Difference struct {
	A       string           `json:"a"` // folders
	B       string           `json:"b"`
	Spec    []compare.Change `json:"spec"`
	Origin  []compare.Change `json:"origin"` // program, machine and data
	Results compare.Pairing  `json:"results"`
}

// Diff compares the specs and the origin of two runs, and their results by one of
// Metrics. Another metric is a *QueryError.
func (a *App) Diff(runA, runB, metric string) (*Difference, error) {
	if metrics := a.Metrics(); !slices.Contains(metrics, metric) {
		return nil, &QueryError{fmt.Errorf("metric %q: %s", metric, yamlpos.Instead(metric, metrics))}
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
	origin settings.List // what results may depend on apart from the spec
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
