package reports

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"sedlab/reports/draw"
)

// leftOut says what box plots leave out, and what difference it makes.
func (f *Findings) leftOut() string {
	all, out := 0, 0
	var median, mean change
	for i := range f.Results {
		r := &f.Results[i]
		all, out = all+r.N, out+r.LeftOut
		median.widen(r, r.Median.Value, float64(r.MedianWithin))
		mean.widen(r, float64(r.Mean), float64(r.MeanWithin))
	}
	text := "All numbers in this section are of all errors."
	if out == 0 {
		return fmt.Sprintf("%s None of the %d is beyond the reach of box plots, %g × IQR outside the quartiles.", text, all, fences)
	}
	text += fmt.Sprintf(" Box plots leave out %d of %d (%s), those beyond %g × IQR. Without these, medians would change by up to %s, means by up to %s.",
		out, all, share(out, all), fences, median, mean)
	if f.RankedAt > 0 {
		text += fmt.Sprintf(" The order of the priors by median would change at %d of %s.", f.Reordered, Plural(f.RankedAt, "condition"))
	}
	return text
}

// change is the largest relative change of a statistic.
type change struct {
	by float64
	at *Result
}

func (c *change) widen(r *Result, from, to float64) {
	if by := (to - from) / from; draw.Finite(by) && (c.at == nil || math.Abs(by) > math.Abs(c.by)) {
		*c = change{by, r}
	}
}

// String writes the change and where it is.
func (c change) String() string {
	if c.at == nil {
		return "–"
	}
	return fmt.Sprintf("%s %% (%s at %s)", draw.Number(math.Round(1000*c.by)/10), names(c.at.Prior, c.at.Setting), c.at.Place)
}

// share writes k of n as a percentage.
func share(k, n int) string { return part(float64(k) / float64(n)) }

// writeResults writes the statistics of every prior at every condition, if a reader can
// take them in.
func (f *Findings) writeResults(b *strings.Builder, run Run) {
	if len(f.Results) > mostResults {
		return
	}
	text := "Errors are " + run.Axis(run.Column(f.Metric)) + ". Medians have 95 % bootstrap intervals, each for itself; signals are resampled"
	repeats, oracle := false, f.oracle()
	for _, r := range f.Results {
		repeats = repeats || r.Repeats > 1
	}
	if repeats {
		text += ", and repeats"
	}
	if oracle {
		text += ". The representation error is the median of `" + oracleMetric + "`: the error that remains when the solver is given all fluxes"
	}
	fmt.Fprintf(b, "%s.\n\n", text)
	rows := [][]string{{"condition", "prior", "n", "signals", "failed", "median", "quartiles", "mean ± sd",
		"left out", "median without", "mean without"}}
	if oracle {
		rows[0] = append(rows[0], "representation error")
	}
	for _, r := range f.Results {
		out := "0"
		if r.LeftOut > 0 {
			out = fmt.Sprintf("%d (%s)", r.LeftOut, share(r.LeftOut, r.N))
		}
		row := []string{r.Place.String(), names(r.Prior, r.Setting), fmt.Sprint(r.N), fmt.Sprint(r.Signals), fmt.Sprint(r.Failed),
			r.Median.String(), number(r.Q1) + " … " + number(r.Q3), number(r.Mean) + " ± " + number(r.SD),
			out, number(r.MedianWithin), number(r.MeanWithin)}
		if oracle {
			row = append(row, number(r.Oracle))
		}
		rows = append(rows, row)
	}
	if folded := len(f.Results) > shownResults; folded {
		fmt.Fprintf(b, "<details><summary>%s</summary>\n\n", Plural(len(f.Results), "result"))
		defer b.WriteString("</details>\n\n")
	}
	writeTable(b, rows)
}

// oracle reports whether representation errors are known.
func (f *Findings) oracle() bool {
	return slices.ContainsFunc(f.Results, func(r Result) bool { return draw.Finite(float64(r.Oracle)) })
}

func number(v Number) string { return draw.Number(float64(v)) }
