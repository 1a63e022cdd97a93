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
	// Medians holds the median over the rows of each score. One without a value is
	// not there.
	Medians map[string]float64 `json:"medians"`
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
	scores := record.ScoreNames(rows)
	for i := range list {
		list[i].fill(byPrior[list[i].Prior], scores)
	}
	return list
}

func (p *PriorResult) fill(rows []*record.Signal, scores []string) {
	p.Rows, p.Medians = len(rows), map[string]float64{}
	for _, s := range rows {
		if s.Status == record.StatusOK {
			p.Results++
		}
	}
	for _, name := range scores {
		var values []float64
		for _, s := range rows {
			if v := s.Score(name); !math.IsNaN(v) {
				values = append(values, v)
			}
		}
		// JSON has no text for a median that is infinite.
		if v := quantile.Median(values); !math.IsNaN(v) && !math.IsInf(v, 0) {
			p.Medians[name] = v
		}
	}
}
