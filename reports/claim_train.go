package reports

import (
	"fmt"
)

// testLikeTrain asks whether the error on test signals is on par with that on training
// signals.
func testLikeTrain(run Run, cells []*cell, prior string) question {
	q := question{
		Claim: Claim{
			Prior: prior,
			Claim: "For reasonable percentages of missing information, the performance on test data is on par with the training data.",
			Rule: fmt.Sprintf("It holds if, at every condition with up to 40 %% missing, the bootstrap interval of the ratio of medians, "+
				"test / train, ends at or below %g; it does not if one begins above. %s", onPar, together),
			Missing: "problem.missing_fraction of at most 0.4, with evaluate.split swept over test and train",
		},
		header:  []string{"median on test", "median on train", "test / train"},
		partner: partners(cells, func(d *cell) bool { return d.Split == "train" }, "split"),
		judge:   below(onPar),
	}
	q.trials = trials(run, cells, prior, func(c *cell) bool { return c.Split == "test" && c.hidesUpTo() && q.partner(c) != nil })
	q.test = func(d *design, condition []*cell) (func() float64, int, func(Interval) []string) {
		var training []*cell
		for _, c := range condition {
			training = append(training, q.partner(c))
		}
		test, train := errorsIn(d, condition), errorsIn(d, training)
		return func() float64 { return test.median(d) / train.median(d) }, min(test.distinct(), train.distinct()), func(v Interval) []string {
			return []string{medianText(condition), medianText(training), v.String()}
		}
	}
	return q
}
