package reports

import (
	"slices"

	"sedlab/internal/group"
	"sedlab/internal/quantile"
	"sedlab/internal/record"
	"sedlab/reports/draw"
	"sedlab/reports/stats"
)

// Comparison compares two priors signal by signal, on the same measurements. A difference is
// the first prior's error minus the second's, averaged over repeats of the signal.
type Comparison struct {
	Place
	First            string  `json:"first"`
	FirstSetting     string  `json:"first_setting,omitempty"`
	Second           string  `json:"second"`
	SecondSetting    string  `json:"second_setting,omitempty"`
	N                int     `json:"n"`     // signals that both reconstructed
	Zeros            int     `json:"zeros"` // of these with equal errors, which the test drops
	Repeats          int     `json:"repeats"`
	MedianDifference float64 `json:"median_difference"`
	Exact            bool    `json:"exact"`         // whether P is, and not by the normal approximation
	P                float64 `json:"p"`             // of the two-sided Wilcoxon signed-rank test
	Holm             float64 `json:"p_holm"`        // corrected for all comparisons of the run
	RankBiserial     float64 `json:"rank_biserial"` // −1 if the first prior is better on every signal
	Better           string  `json:"better"`        // the prior with the lower errors, if that is significant
}

// significance is the level of corrected p-values below which a difference is significant.
const significance = 1 - confidence

// compare compares the priors at each point, and corrects the p-values.
func (f *Findings) compare(run Run, points []*point) {
	seen := map[[2]print]bool{}
	var p []float64
	for _, point := range points {
		for i, a := range point.entries {
			for _, b := range point.entries[i+1:] {
				if pair := [2]print{a.print, b.print}; !seen[pair] {
					seen[pair] = true
					if c := compared(run, a, b); c.N > 0 {
						f.Comparisons, p = append(f.Comparisons, c), append(p, c.P)
					}
				}
			}
		}
	}
	for i, holm := range stats.Holm(p) {
		c := &f.Comparisons[i]
		c.Holm = holm
		switch {
		case holm >= significance:
		case c.RankBiserial < 0:
			c.Better = c.First
		default:
			c.Better = c.Second
		}
	}
}

// compared compares two entries, without a correction.
func compared(run Run, a, b *entry) Comparison {
	differences, repeats := differencesOf(run, a, b)
	c := Comparison{
		Place: a.cells[0].place(), First: a.prior, FirstSetting: a.setting, Second: b.prior, SecondSetting: b.setting,
		N: len(differences), Repeats: repeats,
	}
	if c.N > 0 {
		test := stats.Wilcoxon(differences)
		c.Zeros, c.Exact, c.P, c.RankBiserial = test.Zeros, test.Exact, test.P, test.RankBiserial()
		c.MedianDifference = quantile.Median(differences)
	}
	return c
}

// differencesOf returns the difference of the errors of each signal that both entries
// reconstructed, averaged over the repeats in which they did, and the number of repeats.
func differencesOf(run Run, a, b *entry) (differences []float64, repeats int) {
	type repeated struct {
		signal     int
		difference float64
	}
	var all []repeated
	d := newDesign(a.cells, run.SameData)
	for _, c := range a.cells {
		at := slices.IndexFunc(b.cells, func(other *cell) bool { return other.repeat == c.repeat })
		if at < 0 {
			continue
		}
		repeats++
		others := map[int64]*record.Signal{}
		for _, r := range b.cells[at].rows {
			others[r.SignalID] = r
		}
		for _, r := range c.rows {
			if other := others[r.SignalID]; other != nil && r.Status == record.StatusOK && other.Status == record.StatusOK {
				if x := r.Score(metric) - other.Score(metric); draw.Finite(x) {
					all = append(all, repeated{d.signals[drawn{d.setOf[c.side()], r.SignalID}], x})
				}
			}
		}
	}
	for _, same := range group.By(all, func(r repeated) int { return r.signal }) {
		var sum float64
		for _, r := range same {
			sum += r.difference
		}
		differences = append(differences, sum/float64(len(same)))
	}
	return differences, repeats
}
