package reports

import (
	"fmt"

	"sedlab/reports/draw"
)

// The paper compares eq. 4 with eq. 3 on noise alone.
const (
	noisyOperator   = "denoising"
	penaltyMethod   = "regularization"
	projectedMethod = "projection"
)

// concentrates examines whether, in denoising, errors are more concentrated under
// regularization (eq. 4) than under projection (eq. 3).
func concentrates(cells []*cell, prior string) Claim {
	claim := Claim{
		Prior: prior,
		Claim: "When regularization is utilized, there is better error concentration than with projection (denoising).",
		Rule: "It holds if, at every level of noise, the 95 % bootstrap interval, paired by signal, of the ratio of interquartile ranges, " +
			"regularization / projection, ends at or below 1; it does not if one begins above.",
		Missing: fmt.Sprintf("problem.operator: %s, with solver.method swept over %s and %s", noisyOperator, projectedMethod, penaltyMethod),
		Table: [][]string{{Head(column("noise_l2")), "λ", "n", "IQR, projection", "IQR, regularization", "IQR ratio",
			"upper whisker, projection", "upper whisker, regularization", "ratio of medians"}},
	}
	projectionOf := partners(cells, func(d *cell) bool { return d.Method == projectedMethod }, "method", "lambda")
	claim.judge(cells, func(c *cell) (Verdict, []string) {
		if c.Operator != noisyOperator || c.Method != penaltyMethod {
			return "", nil
		}
		p := projectionOf(c)
		r, n := compare(c, p, true, iqr)
		if n < leastToTest {
			return "", nil
		}
		medians, _ := compare(c, p, true, median)
		a, b := Describe(p.errors(), 0, 1.5), Describe(c.errors(), 0, 1.5)
		return below(r, 1), []string{
			c.noise, draw.Number(c.Lambda), fmt.Sprint(n), draw.Number(a.Q3 - a.Q1), draw.Number(b.Q3 - b.Q1), r.String(),
			draw.Number(a.WhiskerHigh), draw.Number(b.WhiskerHigh), medians.String()}
	})
	return claim
}
