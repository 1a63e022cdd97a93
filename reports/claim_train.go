package reports

import (
	"fmt"
	"slices"

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
	trains := newIndex(cells, func(d *cell) bool { return d.Split == "train" }, "split")
	var verdicts []Verdict
	for _, c := range cells {
		if c.Prior != prior || c.Split != "test" || !c.hidesUpTo() {
			continue
		}
		train := trains.partner(c)
		if train == nil {
			continue
		}
		r, n := compare(c, train, false, median)
		if n < leastToTest {
			continue
		}
		verdicts = append(verdicts, below(r, onPar))
		claim.Table = append(claim.Table, append(c.problem(), fmt.Sprint(n), c.medianText(), train.medianText(), r.String()))
	}
	claim.conclude(verdicts)
	return claim
}

func (c *cell) medianText() string {
	return draw.Number(median(slices.Sorted(slices.Values(c.errors()))))
}
