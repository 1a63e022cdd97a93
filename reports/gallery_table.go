package reports

import (
	"fmt"
	"strconv"

	"sedlab/internal/record"
)

func meanSquaredError(e *record.Example) float64 {
	var sum float64
	for i, t := range e.Truth {
		d := float64(e.Reconstruction[i]) - float64(t)
		sum += d * d
	}
	return sum / float64(len(e.Truth))
}

// csv returns every flux that the figure shows.
func (g *gallery) csv() [][]string {
	records := [][]string{{"prior", "operator", "split", "signal_id", "wavelength", "truth", "measurement", "reconstruction", "observed"}}
	for _, row := range g.rows {
		for _, e := range row.examples {
			for i, w := range e.Wavelength {
				r := []string{e.Prior, e.Operator, e.Split, strconv.FormatInt(e.SignalID, 10), exact(w),
					exact32(e.Truth[i]), "", exact32(e.Reconstruction[i]), ""}
				if len(e.Measurement) == len(e.Wavelength) {
					r[6] = exact32(e.Measurement[i])
				}
				if len(e.Observed) == len(e.Wavelength) {
					r[8] = strconv.FormatBool(e.Observed[i])
				}
				records = append(records, r)
			}
		}
	}
	return records
}

func exact32(v float32) string {
	if v != v {
		return ""
	}
	return strconv.FormatFloat(float64(v), 'g', -1, 32)
}

func (g *gallery) table() [][]string {
	rows := [][]string{{"problem", "signal", "MSE per flux"}}
	for _, row := range g.rows {
		for _, e := range row.examples {
			rows = append(rows, []string{g.rowTitle(row), fmt.Sprint(e.SignalID), format(meanSquaredError(e))})
		}
	}
	return rows
}
