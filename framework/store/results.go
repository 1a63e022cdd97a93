package store

import (
	"math"

	"sedlab/internal/quantile"
	"sedlab/internal/record"
)

// PriorResult is what a run found with one prior, over all of its cells.
type PriorResult struct {
	Prior   string `json:"prior"`
	Rows    int    `json:"rows"`    // of signals.parquet
	Results int    `json:"results"` // of those, with a result
	// Medians holds the median over the rows of each of Metrics. One without a
	// value is not there.
	Medians map[string]float64 `json:"medians"`
}

// metric is an error of a reconstruction.
type metric struct {
	name string
	of   func(*record.Signal) float64
}

var metrics = []metric{
	{"mse", func(s *record.Signal) float64 { return s.MSE }},
	{"mse_missing", func(s *record.Signal) float64 { return s.MSEMissing }},
	{"mse_observed", func(s *record.Signal) float64 { return s.MSEObserved }},
	{"mse_measured", func(s *record.Signal) float64 { return s.MSEMeasured }},
	{"measurement_loss", func(s *record.Signal) float64 { return s.MeasurementLoss }},
}

// Metrics returns the columns whose medians a PriorResult holds.
func Metrics() (names []string) {
	for _, m := range metrics {
		names = append(names, m.name)
	}
	return names
}

// Summarise returns the result of each prior, in the order of the rows.
func Summarise(rows []record.Signal) []PriorResult {
	byPrior := map[string][]*record.Signal{}
	var list []PriorResult
	for i := range rows {
		prior := rows[i].Prior
		if byPrior[prior] == nil {
			list = append(list, PriorResult{Prior: prior})
		}
		byPrior[prior] = append(byPrior[prior], &rows[i])
	}
	for i := range list {
		list[i].fill(byPrior[list[i].Prior])
	}
	return list
}

func (p *PriorResult) fill(rows []*record.Signal) {
	p.Rows, p.Medians = len(rows), map[string]float64{}
	for _, s := range rows {
		if s.Status == record.StatusOK {
			p.Results++
		}
	}
	for _, m := range metrics {
		var values []float64
		for _, s := range rows {
			if v := m.of(s); !math.IsNaN(v) {
				values = append(values, v)
			}
		}
		// JSON has no text for a median that is infinite.
		if v := quantile.Median(values); !math.IsNaN(v) && !math.IsInf(v, 0) {
			p.Medians[m.name] = v
		}
	}
}
