package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"sedlab/framework/store"
	"sedlab/internal/quantile"
	"sedlab/internal/record"
)

// shown is what sedlab runs show says of a run.
type shown struct {
	store.Manifest
	Dir      string         `json:"dir"`
	Status   store.Status   `json:"status"` // killed too
	Tags     []string       `json:"tags"`
	Spec     store.Settings `json:"spec"`
	Priors   []priorTable   `json:"priors"`
	Statuses []statusCount  `json:"failures"` // why signals have no result
	Figures  []string       `json:"figures"`
	Again    []string       `json:"again"` // the command that runs it again

	special store.Settings // those of Spec that are not defaults
	metrics []string       // of Priors, in the order of the table
	problem error          // why Spec or Priors are not there
}

// priorTable is a prior's results: the medians of all metrics, and the quartiles of mse.
type priorTable struct {
	store.PriorResult
	MSE *[3]float64 `json:"mse_quartiles,omitempty"` // of the finite ones
}

// statusCount counts the rows of a status.
type statusCount struct {
	Status string `json:"status"`
	Rows   int    `json:"rows"`
}

func (a *app) runsShowCommand() *cobra.Command {
	var root string
	var asJSON bool
	c := &cobra.Command{
		Use:   "show RUN",
		Short: "Show a run: what, when, how, its results and figures, and how to run it again",
		Long:  "Show says what a run was, what came of it, and where it differs from a spec's defaults.\n" + runNames,
		Args:  args(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			dir, err := store.Find(root, args[0])
			if err != nil {
				return usageError{err}
			}
			s, err := a.look(dir)
			if err != nil {
				return err
			}
			if s.problem != nil {
				fmt.Fprintln(a.stderr, "sedlab: note:", s.problem)
			}
			if asJSON {
				return printJSON(a.stdout, s)
			}
			return s.print(a.stdout)
		},
	}
	rootFlag(c, &root)
	jsonFlag(c, &asJSON)
	return c
}

// look reads a run folder. Only its manifest needs to be there.
func (a *app) look(dir string) (*shown, error) {
	m, err := store.ReadManifest(dir)
	if err == nil {
		err = store.CheckTables(dir, m)
	}
	if err != nil {
		return nil, err
	}
	s := &shown{
		Manifest: m, Dir: dir, Status: m.Status, Priors: []priorTable{}, Statuses: []statusCount{}, metrics: a.metrics(),
		Again: []string{"sedlab", "run", filepath.Join(dir, store.SpecFile)},
	}
	if m.Status == store.Running && !store.Alive(dir) {
		s.Status = store.Killed
	}
	var tagErr, specErr error
	s.Tags, tagErr = store.ReadTags(dir)
	s.Spec, specErr = store.ReadSettings(dir)
	s.special = a.special(dir, s.Spec)
	rows, err := record.ReadSignals(filepath.Join(dir, store.SignalsFile))
	if errors.Is(err, fs.ErrNotExist) {
		err = nil // not yet
	}
	s.problem = errors.Join(tagErr, specErr, err)
	s.results(rows)
	s.Figures = pictures(filepath.Join(dir, "figures"))
	return s, nil
}

// pictures returns the paths of a folder's figures; of one that is not there or
// cannot be read, none.
func pictures(folder string) []string {
	paths := []string{}
	entries, _ := os.ReadDir(folder)
	for _, e := range entries {
		if filepath.Ext(e.Name()) == ".png" {
			paths = append(paths, filepath.Join(folder, e.Name()))
		}
	}
	return paths
}

// special returns the settings that are not a default; all of a spec that this
// program cannot read.
func (a *app) special(dir string, all store.Settings) store.Settings {
	file, err := a.readSpec(dir)
	if err != nil {
		return all
	}
	usual := map[string]string{}
	for _, s := range file.Settings() {
		if n := s.Field.DefaultNode(); n != nil {
			usual[s.Key] = store.Text(store.Plain(n))
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(s store.Setting) bool {
		text, ok := usual[s.Key]
		return s.Key == "report" || s.Key == "name" || ok && text == store.Text(s.Value)
	})
}

// results fills in what the rows say.
func (s *shown) results(rows []record.Signal) {
	for _, r := range store.Summarise(rows) {
		table := priorTable{PriorResult: r}
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
		s.Priors = append(s.Priors, table)
	}
	at := map[string]int{}
	for i := range rows {
		status := rows[i].Status
		if status == record.StatusOK {
			continue
		}
		k, known := at[status]
		if !known {
			k = len(s.Statuses)
			at[status] = k
			s.Statuses = append(s.Statuses, statusCount{Status: status})
		}
		s.Statuses[k].Rows++
	}
}
