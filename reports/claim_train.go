package reports

import (
	"fmt"

	"sedlab/internal/quantile"
	"sedlab/reports/draw"
)

// testLikeTrain examines whether the error on test signals is on par with that
// on training signals.
func testLikeTrain(cells []*cell, prior string) Claim {
	claim := Claim{
		Prior: prior,
		Claim: "For reasonable percentages of missing information, the performance on test data is on par with the training data.",
		Rule: fmt.Sprintf("It holds if, for every problem with up to 40 %% missing, the 95 %% bootstrap interval of the ratio of medians, "+
			"test / train, ends at or below %g; it does not if one begins above.", onPar),
		Missing: "problem.missing_fraction of at most 0.4, with evaluate.split swept over test and train",
		Table:   [][]string{append(problemHeader(), "n", "median on test", "median on train", "test / train")},
	}
	trainOf := partners(cells, func(d *cell) bool { return d.Split == "train" }, "split")
	claim.judge(cells, func(c *cell) (Verdict, []string) {
		if c.Split != "test" || !c.hidesUpTo() {
			return "", nil
		}
		train := trainOf(c)
		r, n := compare(c, train, false, median)
		if n < leastToTest {
			return "", nil
		}
		return below(r, onPar), append(c.problem(), fmt.Sprint(n), c.medianText(), train.medianText(), r.String())
	})
	return claim
}

func (c *cell) medianText() string { return draw.Number(quantile.Median(c.errors())) }
