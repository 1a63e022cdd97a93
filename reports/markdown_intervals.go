package reports

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"

	"sedlab/reports/draw"
)

// writeIntervals writes how many fluxes lie within the intervals that priors give.
func writeIntervals(b *strings.Builder, run Run) {
	rows := [][]string{{"condition", "prior", "n", "within 68 %", "signals", "within 95 %", "rms z", "factor"}}
	scaled := false
	for _, c := range cellsOf(run.Signals) {
		narrow, wide, z := c.scores("coverage_68"), c.scores("coverage_95"), c.scores("z_score")
		if len(narrow) == 0 {
			continue
		}
		factor := "–"
		if draw.Finite(c.SigmaScale) {
			factor, scaled = draw.Number(c.SigmaScale), true
		}
		slices.Sort(narrow)
		low, high := narrow[len(narrow)/10], narrow[len(narrow)-1-len(narrow)/10]
		rows = append(rows, []string{c.place().String(), names(c.Prior, sweptText(c.Signal)), fmt.Sprint(len(narrow)), part(stat.Mean(narrow, nil)),
			part(low) + " … " + part(high), part(stat.Mean(wide, nil)), draw.Number(floats.Norm(z, 2) / math.Sqrt(float64(len(z)))), factor})
	}
	if len(rows) == 1 || len(rows) > mostResults {
		return
	}
	b.WriteString("## Intervals\n\nMeans over signals of the share of hidden fluxes, or of all if none is hidden, within the intervals that priors give: " +
		"of noise-free fluxes where the data set knows them, otherwise of measured ones, with their noise. Of four fifths of the signals the share " +
		"within 68 % is in the range of *signals*. *rms z* is the root mean square of errors in standard deviations.")
	if scaled {
		b.WriteString(" Standard deviations were multiplied by a *factor*, by which they are right for validation signals under the same condition (`evaluate.calibrate`).")
	}
	b.WriteString("\n\n")
	writeTable(b, rows)
}

// part writes a share as a percentage.
func part(share float64) string { return draw.Number(math.Round(1000*share)/10) + " %" }
