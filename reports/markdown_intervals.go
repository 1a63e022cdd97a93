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
		if v := c.sigmaScale(); draw.Finite(v) {
			factor, scaled = draw.Number(v), true
		}
		slices.Sort(narrow)
		low, high := narrow[len(narrow)/10], narrow[len(narrow)-1-len(narrow)/10]
		rows = append(rows, []string{c.place().String(), names(c.Prior, sweptText(c.Signal)), fmt.Sprint(len(narrow)), part(stat.Mean(narrow, nil)),
			part(low) + " … " + part(high), part(stat.Mean(wide, nil)), draw.Number(floats.Norm(z, 2) / math.Sqrt(float64(len(z)))), factor})
	}
	if len(rows) == 1 {
		return
	}
	b.WriteString("## Intervals\n\nThe share of hidden fluxes (of all, if none is hidden) within the prior's intervals, averaged over signals. Fluxes are noise-free " +
		"where the data set knows them; otherwise they are the measured ones, whose noise the intervals then include. *signals* is the range of the share " +
		"within 68 % for the middle four fifths of the signals. *rms z* is the root mean square of errors in standard deviations.")
	if scaled {
		b.WriteString(" Where there is a *factor*, standard deviations were multiplied by it: with it, 68 % of the errors of hidden fluxes of validation signals are within one " +
			"standard deviation, under the same condition (`evaluate.calibrate`); where that is uncertain, it is nearer to 1. It does not correct the 95 % intervals.")
	}
	b.WriteString("\n\n")
	if len(rows) > shownResults {
		fmt.Fprintf(b, "<details><summary>%s</summary>\n\n", Plural(len(rows)-1, "cell"))
		defer b.WriteString("</details>\n\n")
	}
	writeTable(b, rows)
}

// part writes a share as a percentage.
func part(share float64) string { return draw.Number(math.Round(1000*share)/10) + " %" }

// sigmaScale returns the factor on the standard deviations of the cell's signals, NaN if there is none.
func (c *cell) sigmaScale() float64 {
	for _, r := range c.rows {
		if draw.Finite(r.SigmaScale) && r.SigmaScale > 0 {
			return r.SigmaScale
		}
	}
	return math.NaN()
}
