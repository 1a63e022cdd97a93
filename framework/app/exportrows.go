package app

import (
	"math"
	"slices"

	"sedlab/framework/store"
	"sedlab/internal/quantile"
	"sedlab/internal/record"
)

// exportRow is a cell of a run, or a run without results.
type exportRow struct {
	run       *store.Summary
	cell      *record.Signal // one of the cell's rows, without its scores; nil if there are no results
	rows, ok  int64          // rows of signals.parquet, and those with a result
	noise     float64        // the median, if each signal has its own
	quartiles []record.Score // three for each score, named as the columns are
}

// exportRows returns the rows of a run with its results.
func exportRows(s *store.Summary, signals []record.Signal) (list []exportRow) {
	cells := map[string][]*record.Signal{}
	var ids []string
	for i := range signals {
		id := signals[i].CellID
		if cells[id] == nil {
			ids = append(ids, id)
		}
		cells[id] = append(cells[id], &signals[i])
	}
	scores := record.ScoreNames(signals)
	for _, id := range ids {
		list = append(list, exportCell(s, cells[id], scores))
	}
	if len(list) == 0 {
		list = []exportRow{{run: s}}
	}
	return list
}

func exportCell(s *store.Summary, signals []*record.Signal, scores []string) exportRow {
	cell := *signals[0] // a copy, so that the other rows can be forgotten
	cell.Scores = nil
	r := exportRow{run: s, cell: &cell, rows: int64(len(signals))}
	var noise []float64
	for _, signal := range signals {
		if signal.Status == record.StatusOK {
			r.ok++
		}
		noise = append(noise, signal.NoiseL2)
	}
	r.noise = quartile(noise, 0.5)
	for _, name := range scores {
		var values []float64
		for _, signal := range signals {
			values = append(values, signal.Score(name))
		}
		for _, q := range quartileNames {
			r.quartiles = append(r.quartiles, record.Score{Name: name + q.suffix, Value: quartile(values, q.share)})
		}
	}
	return r
}

var quartileNames = []struct {
	suffix string
	share  float64
}{{"_q1", 0.25}, {"_median", 0.5}, {"_q3", 0.75}}

// quartile returns a quantile of the values that are numbers, or NaN if there are none.
func quartile(values []float64, share float64) float64 {
	values = slices.DeleteFunc(slices.Clone(values), math.IsNaN)
	if len(values) == 0 {
		return math.NaN()
	}
	slices.Sort(values)
	return quantile.Sorted(values, share)
}
