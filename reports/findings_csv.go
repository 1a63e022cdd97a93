package reports

import (
	"encoding/csv"
	"io"

	"sedlab/internal/sums"
	"sedlab/reports/draw"
)

// The files of the statistics in a run folder.
const (
	resultsFile     = "statistics.csv"
	comparisonsFile = "comparisons.csv"
)

// writeCSV adds the files of the statistics to a change of a run folder.
func (f *Findings) writeCSV(change *sums.Change) error {
	for _, file := range []struct {
		name string
		rows [][]any
	}{{resultsFile, f.resultRows()}, {comparisonsFile, f.comparisonRows()}} {
		if len(file.rows) == 1 {
			change.Remove(file.name)
			continue
		}
		if err := change.Write(file.name, func(w io.Writer) error { return csv.NewWriter(w).WriteAll(texts(file.rows)) }); err != nil {
			return err
		}
	}
	return nil
}

// texts writes values so that reading them back gives the same bits.
func texts(rows [][]any) (all [][]string) {
	for _, row := range rows {
		var fields []string
		for _, v := range row {
			if number, ok := v.(Number); ok {
				v = float64(number)
			}
			fields = append(fields, draw.Exact(v))
		}
		all = append(all, fields)
	}
	return all
}

// placeColumns returns the columns of what Place.fields returns.
func placeColumns() []any { return []any{"operator", "missing_fraction", "noise_l2", "split", "swept"} }

func (p Place) fields() []any {
	return []any{p.Operator, p.MissingFraction, p.Noise, p.Split, p.Swept}
}

// resultRows returns a header and the results.
func (f *Findings) resultRows() [][]any {
	rows := [][]any{append(placeColumns(), "prior", "setting", "n", "signals", "repeats", "failed", "median", "median_low", "median_high",
		"q1", "q3", "mean", "sd", "left_out", "median_within", "mean_within", "median_oracle")}
	for _, r := range f.Results {
		rows = append(rows, append(r.Place.fields(), r.Prior, r.Setting, r.N, r.Signals, r.Repeats, r.Failed, r.Median.Value, r.Median.Low,
			r.Median.High, r.Q1, r.Q3, r.Mean, r.SD, r.LeftOut, r.MedianWithin, r.MeanWithin, r.Oracle))
	}
	return rows
}

// comparisonRows returns a header and the comparisons.
func (f *Findings) comparisonRows() [][]any {
	rows := [][]any{append(placeColumns(), "first", "first_setting", "second", "second_setting", "n", "zeros", "repeats",
		"median_difference", "rank_biserial", "p", "exact", "p_holm", "better")}
	for _, c := range f.Comparisons {
		rows = append(rows, append(c.Place.fields(), c.First, c.FirstSetting, c.Second, c.SecondSetting, c.N, c.Zeros, c.Repeats,
			c.MedianDifference, c.RankBiserial, c.P, c.Exact, c.Holm, c.Better))
	}
	return rows
}
