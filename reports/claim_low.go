package reports

import (
	"fmt"
	"math"
	"slices"

	"sedlab/internal/group"
	"sedlab/internal/quantile"
)

// lowUpTo examines whether the vast majority of test signals have a low error with
// up to 40 % of their fluxes missing.
func lowUpTo(run Run, cells []*cell, prior string) Claim {
	claim := Claim{
		Prior: prior,
		Claim: "The MSE of the vast majority of signals is particularly low for up to 40 % of missing information.",
		Rule: fmt.Sprintf("It holds if, for every problem with up to 40 %% missing, at least %.0f %% of the test signals have an MSE "+
			"of at most %.0f %% of their mean square flux; it does not if the 95 %% interval of that share (Wilson) lies below. "+
			"A failed signal counts as not low.", 100*majority, 100*lowError),
		Missing: "problem.missing_fraction of at most 0.4, with evaluate.split: test, and normalize: rms or a " + zeroPrior + " prior",
	}
	header := append(problemHeader(), "n", "median MSE", "low [%]")
	var others []func(*cell) *cell
	for _, o := range otherPriors(run, cells) {
		header = append(header, "median by "+o, prior+" / "+o)
		others = append(others, onSameProblem(cells, o))
	}
	flux := meanSquareFlux(run, cells)
	claim.Table = [][]string{header}
	claim.judge(cells, func(c *cell) (Verdict, []string) {
		bound := lowError * flux(c)
		if c.Split != "test" || !c.hidesUpTo() || math.IsNaN(bound) || len(c.rows) < leastToTest {
			return "", nil
		}
		low := slices.DeleteFunc(c.errors(), func(mse float64) bool { return mse > bound })
		share := wilson(len(low), len(c.rows))
		row := append(c.problem(), fmt.Sprint(len(c.rows)), c.medianText(), percent(share))
		for _, o := range others {
			row = append(row, againstPrior(c, o(c))...)
		}
		return atLeast(share, majority), row
	})
	return claim
}

// otherPriors are the priors without a generator, for comparison.
func otherPriors(run Run, cells []*cell) []string {
	names := group.Keys(cells, func(c *cell) string { return c.Prior })
	return slices.DeleteFunc(names, func(name string) bool { return slices.Contains(run.Claims, name) })
}

// againstPrior compares a cell with the same cell of another prior, if there is one.
func againstPrior(c, other *cell) []string {
	if other == nil {
		return []string{"–", "–"}
	}
	r, _ := compare(c, other, true, median)
	return []string{other.medianText(), r.String()}
}

// zeroPrior is the name of the prior whose errors are its signals' mean squares.
const zeroPrior = "zero"

// meanSquareFlux returns a function that gives the mean square flux of a cell's
// signals. It is 1 if each signal was divided by its root mean square. Otherwise it is
// the median error of the zero prior on the same problem, or NaN without that prior.
func meanSquareFlux(run Run, cells []*cell) func(*cell) float64 {
	if run.Normalize == "rms" {
		return func(*cell) float64 { return 1 }
	}
	zero := onSameProblem(cells, zeroPrior)
	return func(c *cell) float64 {
		if z := zero(c); z != nil {
			return quantile.Median(z.errors())
		}
		return math.NaN()
	}
}

// wilson is the share k of n with its 95 % score interval (Wilson 1927).
func wilson(k, n int) interval {
	const z = 1.959964
	p, m := float64(k)/float64(n), float64(n)
	center := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return interval{p, max(center-half, 0), min(center+half, 1)}
}

// atLeast judges whether a share reaches a bound.
func atLeast(share interval, bound float64) Verdict {
	switch {
	case share.Value >= bound:
		return Holds
	case share.High < bound:
		return DoesNotHold
	}
	return Inconclusive
}

func percent(v interval) string {
	return fmt.Sprintf("%.0f [%.0f, %.0f]", 100*v.Value, 100*v.Low, 100*v.High)
}
