package reports

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"sedlab/internal/group"
	"sedlab/reports/draw"
)

const (
	shownComparisons = 12  // that are listed one by one
	shownResults     = 24  // that are not folded
	mostResults      = 200 // that are in the report at all
)

// writeFindings writes the statistics that compare the priors. Of a single prior there are
// only those of the box plots, and representation errors.
func writeFindings(b *strings.Builder, run Run, f *Findings) {
	if len(f.Results) == 0 {
		return
	}
	b.WriteString("## Statistics\n\n")
	if len(f.Comparisons) > 0 {
		f.writeComparisons(b)
	}
	if f.RankedAt > 1 {
		f.writeRanks(b)
	}
	fmt.Fprintf(b, "%s\n\n", f.leftOut())
	if len(f.Ranks) > 0 || f.oracle() {
		f.writeResults(b, run)
	}
	fmt.Fprintf(b, "Exact numbers, of %s: [%s](%s)", Plural(len(f.Results), "result"), resultsFile, resultsFile)
	if len(f.Comparisons) > 0 {
		fmt.Fprintf(b, ", [%s](%s)", comparisonsFile, comparisonsFile)
	}
	b.WriteString(".\n\n")
}

// String names a place: inpainting, 40 % missing, test.
func (p Place) String() string {
	parts := []string{Category(column("operator"), p.Operator)}
	if p.MissingFraction > 0 {
		parts = append(parts, Category(column("missing_fraction"), p.MissingFraction)+" % missing")
	}
	if p.Noise != "0" && p.Noise != "none" {
		parts = append(parts, "noise "+p.Noise)
	}
	return names(append(parts, p.Split, p.Swept)...)
}

// writeComparisons writes what is significant and what is not, and why.
func (f *Findings) writeComparisons(b *strings.Builder) {
	fmt.Fprintf(b, "%s Each compares two priors by the %s, on the same signals, with the same fluxes hidden and the same noise%s "+
		"by a two-sided Wilcoxon signed-rank test; p-values are corrected for all of them by Holm's method. A difference is the first prior's "+
		"error minus the second's. r is the rank-biserial correlation: −1 if the first prior is better on every signal, 1 if the second is. "+
		"A difference that is not significant may still exist.%s\n\n", f.significant(), f.metricText(), f.averaged(), f.trainedOnce())
	if len(f.Comparisons) <= shownComparisons {
		writeTable(b, f.comparisonTable())
		return
	}
	rows := [][]string{{"first − second", "comparisons", "n", "median difference", "r", "significant"}}
	for _, list := range group.By(f.Comparisons, func(c Comparison) [2]string { return [2]string{c.First, c.Second} }) {
		n := span(list, func(c Comparison) float64 { return float64(c.N) })
		rows = append(rows, []string{list[0].First + " − " + list[0].Second, fmt.Sprint(len(list)), n,
			span(list, func(c Comparison) float64 { return c.MedianDifference }),
			span(list, func(c Comparison) float64 { return c.RankBiserial }), wins(list)})
	}
	writeTable(b, rows)
}

// significant counts the comparisons that find a difference. If none does, it says whether
// any could, with so few signals.
func (f *Findings) significant() string {
	all, found, most := len(f.Comparisons), 0, 0
	for _, c := range f.Comparisons {
		most = max(most, c.N-c.Zeros)
		if c.Better != "" {
			found++
		}
	}
	const at = "at the 5 % level"
	switch {
	case found == all:
		return fmt.Sprintf("The difference is significant %s in all of %s.", at, Plural(all, "comparison"))
	case found > 0:
		return fmt.Sprintf("Of %s, %d find a significant difference %s and %d do not.", Plural(all, "comparison"), found, at, all-found)
	}
	text := fmt.Sprintf("None of %s finds a significant difference %s.", Plural(all, "comparison"), at)
	if needed := 1 + math.Floor(math.Log2(float64(all)/significance)) + 1; float64(most) < needed { // p is at least 2^(1-n)
		text += fmt.Sprintf(" None could, with so few signals: at least %.0f are needed.", needed)
	}
	return text
}

// repeated reports whether priors are compared over several repeats.
func (f *Findings) repeated() bool {
	return slices.ContainsFunc(f.Comparisons, func(c Comparison) bool { return c.Repeats > 1 })
}

// averaged says that repeats are averaged, if there are any.
func (f *Findings) averaged() string {
	if f.repeated() {
		return ", repeats averaged signal by signal,"
	}
	return ","
}

// trainedOnce says what follows from a single repeat.
func (f *Findings) trainedOnce() string {
	if !f.repeated() {
		return " Without repeats, nothing follows for other splits and trainings."
	}
	return ""
}

// comparisonTable lists all comparisons.
func (f *Findings) comparisonTable() [][]string {
	rows := [][]string{{"first − second", "condition", "n", "of these equal", "median difference", "r", "p", "p corrected", "significant"}}
	for _, c := range f.Comparisons {
		verdict := "no"
		if c.Better != "" {
			verdict = c.Better + " is better"
		}
		who := names(c.First, c.FirstSetting) + " − " + names(c.Second, c.SecondSetting)
		rows = append(rows, []string{who, c.Place.String(), fmt.Sprint(c.N), fmt.Sprint(c.Zeros), draw.Number(c.MedianDifference),
			draw.Number(c.RankBiserial), draw.Number(c.P), draw.Number(c.Holm), verdict})
	}
	return rows
}

// span writes the least and the greatest of some numbers.
func span(list []Comparison, number func(Comparison) float64) string {
	low, high := math.Inf(1), math.Inf(-1)
	for _, c := range list {
		low, high = min(low, number(c)), max(high, number(c))
	}
	if from, to := draw.Number(low), draw.Number(high); from != to {
		return from + " … " + to
	}
	return draw.Number(low)
}

// wins says at how many comparisons of two priors each is better.
func wins(list []Comparison) string {
	first, second := list[0].First, list[0].Second
	counts := map[string]int{}
	for _, c := range list {
		counts[c.Better]++
	}
	for _, who := range []string{first, second} {
		if counts[who] == len(list) {
			return who + " is better in all"
		}
	}
	if counts[""] == len(list) {
		return "no difference"
	}
	return fmt.Sprintf("%s is better in %d, %s in %d; %d are not significant", first, counts[first], second, counts[second], counts[""])
}

// writeRanks writes the mean rank of each prior.
func (f *Findings) writeRanks(b *strings.Builder) {
	fmt.Fprintf(b, "Ranks by median %s over %d conditions, each with one setting of every prior; 1 is best.\n\n", f.metricText(), f.RankedAt)
	rows := [][]string{{"prior", "mean rank", "lowest median at"}}
	for _, r := range f.Ranks {
		rows = append(rows, []string{r.Prior, draw.Number(r.Mean), fmt.Sprint(r.Best)})
	}
	writeTable(b, rows)
}
