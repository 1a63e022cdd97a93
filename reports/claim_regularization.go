package reports

import (
	"fmt"

	"sedlab/internal/rng"
	"sedlab/reports/draw"
)

// The paper compares eq. 4 with eq. 3 on noise alone.
const (
	noisyOperator   = "denoising"
	penaltyMethod   = "regularization"
	projectedMethod = "projection"
)

// concentrates asks whether, in denoising, errors are more concentrated under
// regularization (eq. 4) than under projection (eq. 3).
func concentrates(run Run, cells []*cell, prior string) question {
	q := question{
		Claim: Claim{
			Prior: prior,
			Claim: "When regularization is utilized, there is better error concentration than with projection (denoising).",
			Rule: "It holds if, at every level of noise, the bootstrap interval, paired by signal, of the ratio of interquartile ranges, " +
				"regularization / projection, ends at or below 1; it does not if one begins above. Each λ has a verdict of its own. " + together,
			Missing: fmt.Sprintf("problem.operator: %s, with solver.method swept over %s and %s", noisyOperator, projectedMethod, penaltyMethod),
		},
		header: []string{"IQR, projection", "IQR, regularization", "IQR ratio", "upper whisker, projection", "upper whisker, regularization",
			"ratio of medians"},
		partner: partners(cells, func(d *cell) bool { return d.Method == projectedMethod }, "method", "lambda", "sweep.solver.method", "sweep.solver.lambda"),
		judge:   below(1),
	}
	q.trials = trials(run, cells, prior, func(c *cell) bool {
		return c.Operator == noisyOperator && c.Method == penaltyMethod && q.partner(c) != nil
	}, "method")
	q.test = func(d *design, condition []*cell) (func() float64, int, func(Interval) []string) {
		penalty, projected := pairsIn(d, condition, q.partner)
		return func() float64 { return penalty.iqr(d) / projected.iqr(d) }, penalty.distinct(), func(v Interval) []string {
			stream := rng.New(0, "report medians "+condition[0].CellID)
			medians := d.intervals(stream, func() float64 { return penalty.median(d) / projected.median(d) })[0]
			a, b := Describe(projected.x, 0, 1.5), Describe(penalty.x, 0, 1.5)
			return []string{draw.Number(a.Q3 - a.Q1), draw.Number(b.Q3 - b.Q1), v.String(), draw.Number(a.WhiskerHigh), draw.Number(b.WhiskerHigh),
				medians.String()}
		}
	}
	return q
}
