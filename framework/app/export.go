package app

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"sedlab/framework/store"
	"sedlab/internal/durable"
	"sedlab/internal/record"
)

// Exported says what a table of runs has.
type Exported struct {
	Out      string   `json:"out"`
	Runs     int      `json:"runs"`
	Rows     int      `json:"rows"`
	Problems []string `json:"problems"` // what is missing from the table, and why
}

// Export writes one table of the runs that are asked for: a row for each cell of each
// run, with the run's properties, its settings at that point of the sweep, and quartiles
// of each error. A run without results has one row. out ends in .parquet or .csv. The
// error is a *QueryError if it does not, or if the query names something unknown.
func (a *App) Export(ctx context.Context, q store.Query, out string) (*Exported, error) {
	format := strings.ToLower(filepath.Ext(out))
	if format != ".parquet" && format != ".csv" {
		return nil, &QueryError{fmt.Errorf("%s: is neither .parquet nor .csv", out)}
	}
	list, err := a.List(ListOptions{Query: q, Sort: "id"})
	if err != nil {
		return nil, err
	}
	e := &Exported{Out: out, Problems: []string{}}
	var rows []exportRow
	for _, s := range once(a.Runs, list) {
		if s.Status == store.Unreadable {
			e.Problems = append(e.Problems, fmt.Sprintf("%s is left out: %s", s.ID, s.Problem))
			continue
		}
		signals, err := readSignals(ctx, filepath.Join(a.Runs, s.ID))
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			s.Problem = strings.TrimPrefix(s.Problem+"; "+err.Error(), "; ")
		}
		if s.Problem != "" {
			e.Problems = append(e.Problems, s.ID+": "+s.Problem)
		}
		e.Runs++
		rows = append(rows, exportRows(s, signals)...)
	}
	e.Rows = len(rows)
	columns := exportColumns(rows)
	return e, durable.WriteFile(out, func(w io.Writer) error {
		if format == ".csv" {
			return record.EncodeCSV(ctx, w, rows, columns)
		}
		return record.EncodeLoose(ctx, w, "runs", rows, columns)
	})
}

// readSignals reads the results of a run. There are none yet if it has no table.
func readSignals(ctx context.Context, dir string) ([]record.Signal, error) {
	m, err := store.ReadManifest(dir)
	if err != nil {
		return nil, err
	}
	return store.ReadRows(ctx, dir, m)
}

// once leaves out links that lead to a run that the list has anyway.
func once(root string, list []store.Summary) (kept []*store.Summary) {
	listed := map[string]bool{} // folders
	links := map[int]string{}
	for i, s := range list {
		path := filepath.Join(root, s.ID)
		folder, err := filepath.EvalSymlinks(path)
		if err != nil {
			continue // an unreadable run
		}
		if info, err := os.Lstat(path); err == nil && info.Mode()&fs.ModeSymlink != 0 {
			links[i] = folder
		} else {
			listed[folder] = true
		}
	}
	for i := range list {
		folder, link := links[i]
		if !link || !listed[folder] {
			kept = append(kept, &list[i])
		}
		listed[folder] = true
	}
	return kept
}
