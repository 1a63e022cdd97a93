package app

import (
	"context"
	"errors"
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
)

// Shown is a run and its results.
type Shown struct {
	store.Manifest
	Dir      string          `json:"dir"`
	Status   store.Status    `json:"status"`             // may be killed
	Progress *store.Progress `json:"progress,omitempty"` // of a run in progress
	Tags     []string        `json:"tags"`
	Note     string          `json:"note,omitempty"`
	Spec     settings.List   `json:"spec"`
	Priors   []PriorTable    `json:"priors"`
	Training []Trained       `json:"training"` // a line for each training that logged its epochs
	Statuses []StatusCount   `json:"failures"` // why signals have no result
	Figures  []string        `json:"figures"`
	Again    []string        `json:"again"` // the command that runs it again, with the program that ran it

	Attempts     []AttemptShown `json:"-"` // as in Overview
	AttemptCount int            `json:"-"`

	Metrics []string      `json:"-"` // of Priors, in the order of tables
	Special settings.List `json:"-"` // settings of Spec that differ from the defaults
	Problem error         `json:"-"` // why tags, spec or rows are missing
}

// PriorTable is a prior's results: the medians of all metrics, and the quartiles
// of the finite mse.
type PriorTable struct {
	store.PriorResult
	MSE *[3]float64 `json:"mse_quartiles,omitempty"`
}

// Trained is the end of a training.
type Trained struct {
	Prior     string   `json:"prior"`
	PriorHash string   `json:"prior_hash"`
	Epochs    int      `json:"epochs"`
	Loss      *float64 `json:"loss"` // in the last epoch; null if it is not finite
	KeptLoss  *float64 `json:"kept_loss,omitempty"`

	ValidationLoss *float64 `json:"validation_loss,omitempty"` // the lowest
	BestEpoch      int      `json:"best_epoch,omitempty"`      // which had it
	Seconds        float64  `json:"seconds"`
}

// trainings returns the end of each training.
func trainings(epochs []record.Training) []Trained {
	list := []Trained{}
	for len(epochs) > 0 {
		e, n := epochs[0], 1
		for n < len(epochs) && epochs[n].Prior == e.Prior && epochs[n].PriorHash == e.PriorHash {
			e, n = epochs[n], n+1
		}
		t := Trained{Prior: e.Prior, PriorHash: e.PriorHash, Epochs: int(e.Epoch), Loss: finite(e.Loss), KeptLoss: finite(e.KeptLoss), Seconds: e.Seconds}
		if best, ok := record.BestEpoch(epochs[:n]); ok {
			t.ValidationLoss, t.BestEpoch = &best.ValidationLoss, int(best.Epoch)
		}
		list, epochs = append(list, t), epochs[n:]
	}
	return list
}

// finite returns a number for JSON, which has no others.
func finite(x float64) *float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return &x
}

// StatusCount counts the rows with a status.
type StatusCount struct {
	Status string `json:"status"`
	Rows   int    `json:"rows"`
}

// Show reads a run. Only its manifest must exist.
func (a *App) Show(ctx context.Context, run string) (*Shown, error) {
	r, err := a.readRun(ctx, run)
	if err != nil {
		return nil, err
	}
	tags, tagErr := store.ReadTags(r.dir)
	note, noteErr := store.ReadNote(r.dir)
	s := &Shown{
		Manifest: r.Manifest, Dir: r.dir, Status: r.Status, Tags: tags, Note: note, Spec: r.found.Spec,
		Priors: priorTables(r.found.Rows), Training: trainings(r.epochs), Statuses: statuses(r.found.Rows), Figures: []string{},
		Again:   []string{slices.Concat(r.Argv, []string{"sedlab"})[0], "run", filepath.Join(r.dir, store.SpecFile)},
		Metrics: a.Metrics(), Special: a.special(r.dir, r.found.Spec), Problem: errors.Join(tagErr, noteErr, r.problem),
	}
	if r.Status == store.Running && !store.Alive(r.dir) {
		s.Status = store.Killed
	} else if r.Status == store.Running {
		s.Progress = store.ReadProgress(r.dir)
	}
	attempts, all, err := store.NewAttemptReader(r.dir).Read(overviewAttempts)
	s.Attempts, s.AttemptCount, s.Problem = attemptsShown(attempts), all, errors.Join(s.Problem, err)
	figures, _ := fs.Glob(os.DirFS(r.dir), "figures/*.png") // the pattern is good
	for _, figure := range figures {
		s.Figures = append(s.Figures, filepath.Join(r.dir, figure))
	}
	return s, nil
}

// pastRun holds what could be read of a run.
type pastRun struct {
	store.Manifest
	dir     string
	found   compare.Run // without rows if the run has none yet
	epochs  []record.Training
	problem error // why the spec or the rows cannot be read
}

func (a *App) readRun(ctx context.Context, name string) (r pastRun, err error) {
	if r.dir, err = store.Find(a.Runs, name); err != nil {
		return r, err
	}
	if r.Manifest, err = store.ReadManifest(r.dir); err != nil {
		return r, err
	}
	r.found.Datasets = r.Datasets
	ctx = a.withTables(ctx)
	var specErr, rowsErr, epochsErr error
	r.found.Spec, specErr = store.ReadSettings(r.dir, r.Manifest)
	r.found.Rows, rowsErr = store.ReadRows(ctx, r.dir, r.Manifest)
	r.epochs, epochsErr = store.ReadEpochs(ctx, r.dir, r.Manifest)
	if changed := new(store.TableError); errors.As(rowsErr, &changed) || errors.As(epochsErr, &changed) {
		return r, changed
	}
	r.problem = errors.Join(specErr, rowsErr, epochsErr)
	return r, ctx.Err()
}

// special returns the settings that differ from the defaults, or all settings if this
// program cannot read the spec. Of a key that every point of the sweep sets, it has only
// the values of the sweep, under sweep.<key>.
func (a *App) special(dir string, all settings.List) settings.List {
	file, err := a.readSpec(dir)
	if err != nil {
		return all
	}
	_, blocks := all.Get("sweep") // whose points may leave out keys
	return slices.DeleteFunc(slices.Clone(all), func(s settings.Setting) bool {
		if _, swept := all.Get("sweep." + s.Key); swept && !blocks || slices.Contains([]string{"name", "report", "sweep"}, s.Key) {
			return true
		}
		n := file.Default(s.Key)
		return n != nil && settings.Text(settings.Plain(n)) == settings.Text(s.Value)
	})
}

// priorTables returns the results of each prior.
func priorTables(rows []record.Signal) []PriorTable {
	tables, of := []PriorTable{}, map[string][]float64{}
	for i := range rows {
		if v := rows[i].Score("mse"); !math.IsNaN(v) && !math.IsInf(v, 0) {
			of[rows[i].Prior] = append(of[rows[i].Prior], v)
		}
	}
	for _, r := range store.Summarise(rows) {
		table := PriorTable{PriorResult: r}
		if mse := of[r.Prior]; len(mse) > 0 {
			slices.Sort(mse)
			table.MSE = &[3]float64{quantile.Sorted(mse, 0.25), quantile.Sorted(mse, 0.5), quantile.Sorted(mse, 0.75)}
		}
		tables = append(tables, table)
	}
	return tables
}

// statuses counts the rows without a result by their status.
func statuses(rows []record.Signal) []StatusCount {
	list, at := []StatusCount{{record.StatusOK, 0}}, map[string]int{record.StatusOK: 0}
	for i := range rows {
		k, known := at[rows[i].Status]
		if !known {
			k, list = len(list), append(list, StatusCount{Status: rows[i].Status})
			at[rows[i].Status] = k
		}
		list[k].Rows++
	}
	return list[1:]
}

// origin lists what results may depend on apart from the spec.
func origin(m store.Manifest) settings.List {
	var data []string
	for _, d := range m.Datasets {
		if text := d.Name + " " + d.SHA256; !slices.Contains(data, text) {
			data = append(data, text)
		}
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
