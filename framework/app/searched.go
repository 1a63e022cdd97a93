package app

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strings"

	"sedlab/framework/search"
	"sedlab/framework/spec"
	"sedlab/framework/store"
	"sedlab/internal/group"
	"sedlab/internal/quantile"
	"sedlab/internal/rank"
	"sedlab/internal/record"
	"sedlab/internal/settings"
	"sedlab/internal/yamlpos"
	"sedlab/reports/draw"
)

// Searched is a run's search for the best setting of a prior.
type Searched struct {
	Chosen     bool     // by the section select of the spec; if not, by what was asked for
	Prior      string   // whose settings they are
	Priors     []string // that have settings
	Metric     string
	Statistic  string
	Splits     []string        // whose signals judged
	Keys       []string        // swept, of the settings
	Conditions []string        // other swept keys with several values in the rows that judged
	Where      []spec.KeyText  // other swept keys with one value in them
	Shared     int             // conditions under which all settings were tried
	Under      int             // conditions under which any setting was tried
	Resource   string          // the key with what is spent on a setting; may be empty
	Settings   []SearchSetting // the best first, those that failed last
	Rungs      []SearchRung    // of successive halving, in ascending order; nil without it
}

// SearchSetting is a setting that was tried.
type SearchSetting struct {
	Values   []SearchValue // of Searched.Keys
	Resource float64       // spent on it
	Score    float64       // +Inf if it has none
	Q1, Q3   float64       // quartiles of the metric; NaN if there are none
	Rows     int           // that were judged
	Failed   int           // of Rows
	Set      []string      // the edits key=value that give another spec the setting
	Cells    []string      // ids, of one or more
	Rungs    []float64     // its score in each rung that it reached
}

// SearchValue is a value of a setting.
type SearchValue struct {
	Text   string  // as an edit has it; "" if the setting has no value
	Where  string  // as the key where of a figure has it
	Number float64 // NaN if it is none
}

// SearchRung is a rung of successive halving.
type SearchRung struct {
	Resource         float64
	Settings, WentOn int
	Best             float64 // score; +Inf if there is none
}

// Searches reports whether the run in dir sweeps settings of a prior or of the solver, as
// far as its spec can be read.
func (a *App) Searches(dir string) bool {
	m, err := store.ReadManifest(dir)
	if err != nil {
		return false
	}
	list, _ := store.ReadSettings(dir, m) // none if they cannot be read
	return SearchesSettings(list)
}

// SearchesSettings is Searches of the settings of a spec.
func SearchesSettings(list settings.List) bool {
	return slices.ContainsFunc(list, func(s settings.Setting) bool {
		return strings.HasPrefix(s.Key, "sweep.priors.") || strings.HasPrefix(s.Key, "sweep.solver.")
	})
}

// Search ranks the settings of a run, as its report does if the spec has a section select.
// Where it has none, prior and metric say what to rank by; empty, they stand for the first
// prior with settings and for mse; then only rows that all settings can be compared by judge,
// unless there are none. The error is a *QueryError for others, an
// *UnfinishedError, or about the run's files.
func (a *App) Search(ctx context.Context, run, prior, metric string) (*Searched, error) {
	dir, err := store.Find(a.Runs, run)
	if err != nil {
		return nil, err
	}
	_, file, m, err := a.describe(dir)
	if err != nil {
		return nil, err
	}
	s, by, err := a.criterion(file, prior, metric)
	if err != nil {
		return nil, err
	}
	signals, err := rowsOf[record.Signal](ctx, a, dir, m, store.SignalsFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, unfinished(dir, m)
	}
	if err != nil {
		return nil, err
	}
	signals = s.judges(by, signals)
	s.rank(by, signals)
	if by.Resource != "" {
		s.climb(by, signals)
	}
	return s, nil
}

// criterion returns by what the settings of a spec are ranked.
func (a *App) criterion(file *spec.File, prior, metric string) (*Searched, rank.Criterion, error) {
	swept := file.SweptKeys()
	s := &Searched{Statistic: "median"}
	for _, p := range file.Base.Priors {
		if len(settingKeys(swept, p.Name)) > 0 {
			s.Priors = append(s.Priors, p.Name)
		}
	}
	by, chosen := search.Criterion(file)
	switch s.Chosen = chosen; {
	case chosen:
		s.Keys = file.SettingKeys()
	case len(s.Priors) == 0:
		return nil, by, &QueryError{errors.New("the run sweeps no settings of a prior or of the solver")}
	default:
		by = rank.Criterion{Prior: cmp.Or(prior, s.Priors[0]), Metric: cmp.Or(metric, "mse"), Statistic: s.Statistic}
		if !slices.Contains(s.Priors, by.Prior) {
			return nil, by, &QueryError{fmt.Errorf("prior %q: has no settings; %s", by.Prior, yamlpos.Instead(by.Prior, s.Priors))}
		}
		if known := a.Metrics(); !slices.Contains(known, by.Metric) {
			return nil, by, &QueryError{fmt.Errorf("metric %q: %s", by.Metric, yamlpos.Instead(by.Metric, known))}
		}
		s.Keys = settingKeys(swept, by.Prior)
		for _, key := range s.Keys {
			by.Settings = append(by.Settings, record.ColumnOf(key))
		}
	}
	s.Prior, s.Metric, s.Statistic = by.Prior, by.Metric, by.Statistic
	s.Resource, _ = record.SweptKey(by.Resource)
	for _, key := range swept {
		if !slices.Contains(s.Keys, key) && key != s.Resource && !strings.HasPrefix(key, "priors.") {
			s.Conditions = append(s.Conditions, key)
		}
	}
	return s, by, nil
}

// settingKeys returns the keys that are settings of a prior.
func settingKeys(swept []string, prior string) (keys []string) {
	for _, key := range swept {
		if strings.HasPrefix(key, "priors."+prior+".") || strings.HasPrefix(key, "solver.") {
			keys = append(keys, key)
		}
	}
	return keys
}

// rank ranks the settings in rows.
func (s *Searched) rank(by rank.Criterion, rows []record.Signal) {
	values := map[string][]float64{} // of the metric, by cell
	for i := range rows {
		r := &rows[i]
		if r.Prior != by.Prior {
			continue
		}
		v, _ := r.Value(by.Metric)
		if v, ok := v.(float64); ok && r.Status == record.StatusOK && draw.Finite(v) {
			values[r.CellID] = append(values[r.CellID], v)
		}
	}
	for _, one := range by.Rank(rows) {
		t := SearchSetting{Resource: one.Resource, Score: one.Score, Rows: one.Rows, Failed: one.Failed, Cells: one.Cells, Q1: math.NaN(), Q3: math.NaN()}
		var all []float64
		for _, cell := range one.Cells {
			all = append(all, values[cell]...)
		}
		if slices.Sort(all); len(all) > 0 {
			t.Q1, t.Q3 = quantile.Sorted(all, 0.25), quantile.Sorted(all, 0.75)
		}
		for i, v := range one.Values {
			value := searchValue(v)
			t.Values = append(t.Values, value)
			if v != nil {
				t.Set = append(t.Set, s.Keys[i]+"="+value.Text)
			}
		}
		if s.Resource != "" {
			t.Set = append(t.Set, s.Resource+"="+draw.Exact(one.Resource))
		}
		s.Settings = append(s.Settings, t)
	}
}

// searchValue returns a value of a column as specs write it. A list is a text with its JSON.
func searchValue(v any) SearchValue {
	out := SearchValue{Number: math.NaN()}
	if v == nil {
		return out
	}
	out.Where, _ = spec.WhereText(v)
	out.Text = out.Where
	switch v := v.(type) {
	case float64:
		out.Number = v
	case string:
		if strings.HasPrefix(v, "[") && json.Valid([]byte(v)) {
			out.Text = v
		}
	}
	return out
}

// climb finds the rungs, and the score of each setting in those that it reached.
func (s *Searched) climb(by rank.Criterion, rows []record.Signal) {
	column := by.Resource
	spent := func(r record.Signal) float64 {
		v, _ := r.Value(column)
		x, _ := v.(float64)
		return x
	}
	rows = slices.DeleteFunc(slices.Clone(rows), func(r record.Signal) bool { return r.Prior != by.Prior })
	rungs := group.By(rows, spent)
	slices.SortFunc(rungs, func(a, b []record.Signal) int { return cmp.Compare(spent(a[0]), spent(b[0])) })
	at := map[record.Key]int{} // of Settings
	whole := by
	by.Resource = ""
	for i, one := range whole.Rank(rows) {
		at[record.KeyOf(one.Values...)] = i
	}
	for k, rung := range rungs {
		ranked := by.Rank(rung)
		r := SearchRung{Resource: spent(rung[0]), Settings: len(ranked), Best: ranked[0].Score}
		for _, one := range ranked {
			t := &s.Settings[at[record.KeyOf(one.Values...)]]
			t.Rungs = append(t.Rungs, one.Score)
		}
		if s.Rungs = append(s.Rungs, r); k > 0 {
			s.Rungs[k-1].WentOn = len(ranked)
		}
	}
}
