package reports

import (
	"fmt"
	"math"
	"slices"

	"sedlab/internal/group"
	"sedlab/internal/quantile"
	"sedlab/internal/record"
	"sedlab/internal/rng"
	"sedlab/reports/draw"
)

// lowUpTo asks whether the vast majority of test signals have a low error with up to 40 %
// of their fluxes missing.
func lowUpTo(run Run, cells []*cell, prior string) question {
	flux := meanSquareFlux(run, cells)
	q := question{
		Claim: Claim{
			Prior: prior,
			Claim: "The MSE of the vast majority of signals is particularly low for up to 40 % of missing information.",
			Rule: fmt.Sprintf("It holds if, at every condition with up to 40 %% missing, the interval of the share of test signals with an MSE "+
				"of at most %.0f %% of their mean square flux begins at %.0f %% or above; it does not if one ends below. A failed signal counts "+
				"as not low. %s They are no narrower than score intervals (Wilson) of as many distinct signals at once (Bonferroni).",
				100*lowError, 100*majority, together),
			Missing: "problem.missing_fraction of at most 0.4, with evaluate.split: test, and normalize: rms or a prior of kind zero",
		},
		header: []string{"median MSE", "low [%]"},
		judge: func(v Interval) Verdict {
			switch {
			case v.Low >= majority:
				return Holds
			case v.High < majority:
				return DoesNotHold
			}
			return Inconclusive
		},
		widen: func(v Interval, n, conditions int) Interval {
			w := wilson(v.Value, n, conditions)
			return Interval{v.Value, min(v.Low, w.Low), max(v.High, w.High)}
		},
		remark: enoughSignals,
	}
	q.trials = trials(run, cells, prior, func(c *cell) bool { return c.Split == "test" && c.hidesUpTo() && !math.IsNaN(flux(c)) })
	var others []func(*cell) *cell
	for _, o := range otherPriors(run, cells) {
		q.header = append(q.header, "median by "+o, prior+" / "+o)
		others = append(others, onSameProblem(cells, o))
	}
	q.test = func(d *design, condition []*cell) (func() float64, int, func(Interval) []string) {
		low := lowErrors(d, condition, flux)
		return func() float64 { return low.mean(d) }, low.distinct(), func(v Interval) []string {
			row := []string{medianText(condition), percent(v)}
			for _, o := range others {
				row = append(row, againstPrior(run, condition, o)...)
			}
			return row
		}
	}
	return q
}

// lowErrors has a 1 for each signal with a low error, and a 0 for every other one.
func lowErrors(d *design, cells []*cell, flux func(*cell) float64) (low values) {
	for _, c := range cells {
		bound := lowError * flux(c)
		for _, r := range c.rows {
			is := 0.0
			if r.Status == record.StatusOK && r.Score(metric) <= bound {
				is = 1
			}
			low.add(d, c, r, is)
		}
	}
	return low
}

// enoughSignals says how many signals a verdict would need, if there are too few for any.
func enoughSignals(c *Claim) string {
	least := math.MaxInt
	for _, condition := range c.Conditions {
		least = min(least, condition.Signals)
	}
	z := normalQuantile(len(c.Conditions))
	needed := int(math.Ceil(z * z * majority / (1 - majority)))
	if c.Verdict != Inconclusive || least >= needed {
		return ""
	}
	return fmt.Sprintf("; it can hold only with %d signals or more", needed)
}

// otherPriors are the priors without a generator, for comparison.
func otherPriors(run Run, cells []*cell) []string {
	names := group.Keys(cells, func(c *cell) string { return c.Prior })
	return slices.DeleteFunc(names, func(name string) bool { return slices.Contains(run.Claims, name) })
}

// againstPrior compares the cells of a condition with those of another prior, if there are
// any: signal by signal, by the ratio of the medians.
func againstPrior(run Run, condition []*cell, partner func(*cell) *cell) []string {
	var theirs []*cell
	for _, c := range condition {
		if other := partner(c); other != nil {
			theirs = append(theirs, other)
		}
	}
	if theirs == nil {
		return []string{"–", "–"}
	}
	d := newDesign(condition, run.SameData)
	own, others := pairsIn(d, condition, partner)
	if own.distinct() < leastToTest {
		return []string{medianText(theirs), "–"}
	}
	stream := rng.New(0, "report comparison "+condition[0].CellID+" "+theirs[0].CellID)
	ratio := d.intervals(stream, func() float64 { return own.median(d) / others.median(d) })[0]
	return []string{medianText(theirs), ratio.String()}
}

// zeroKind is the kind of the prior whose errors are its signals' mean squares.
const zeroKind = "zero"

// meanSquareFlux returns a function that gives the mean square flux of a cell's
// signals. It is 1 if each signal was divided by its root mean square. Otherwise it is
// the median error of a prior of kind zero on the same problem, or NaN without one.
func meanSquareFlux(run Run, cells []*cell) func(*cell) float64 {
	if run.Normalize == "rms" {
		return func(*cell) float64 { return 1 }
	}
	for _, name := range group.Keys(cells, func(c *cell) string { return c.Prior }) {
		if run.Kinds[name] != zeroKind {
			continue
		}
		zero := onSameProblem(cells, name)
		return func(c *cell) float64 {
			if z := zero(c); z != nil {
				return quantile.Median(z.errors())
			}
			return math.NaN()
		}
	}
	return func(*cell) float64 { return math.NaN() }
}

func percent(v Interval) string {
	if !draw.Finite(v.Value) {
		return "–"
	}
	return fmt.Sprintf("%.0f [%.0f, %.0f]", 100*v.Value, math.Floor(100*v.Low), math.Ceil(100*v.High))
}
