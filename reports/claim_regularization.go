package reports

import "fmt"

// concentrates examines whether regularization (eq. 4) concentrates the errors
// of denoising, compared with projection (eq. 3).
func concentrates(cells []*cell, prior string) Claim {
	claim := Claim{
		Prior: prior,
		Claim: "When regularization is utilized, there is better error concentration than with projection (denoising).",
		Rule: "It holds if, at every level of noise, the 95 % bootstrap interval, paired by signal, of the ratio of interquartile ranges, " +
			"regularization / projection, ends at or below 1; it does not if one begins above.",
		Missing: "problem.operator: denoising, with solver.method swept over projection and regularization",
		Table: [][]string{{"noise ‖η‖₂", "λ", "n", "IQR, projection", "IQR, regularization", "IQR ratio",
			"upper whisker, projection", "upper whisker, regularization", "ratio of medians"}},
	}
	projections := newIndex(cells, func(d *cell) bool { return d.Method == "projection" },
		"method", "lambda", "sweep.solver.method", "sweep.solver.lambda")
	var verdicts []Verdict
	for _, c := range cells {
		if c.Prior != prior || c.Operator != "denoising" || c.Method != "regularization" {
			continue
		}
		p := projections.partner(c)
		if p == nil {
			continue
		}
		r, n := compare(c, p, true, iqr)
		if n < leastToTest {
			continue
		}
		verdicts = append(verdicts, below(r, 1))
		medians, _ := compare(c, p, true, median)
		a, b := describe(p.errors(), 0, 1.5), describe(c.errors(), 0, 1.5)
		claim.Table = append(claim.Table, []string{
			c.noise, format(c.Lambda), fmt.Sprint(n), format(a.Q3 - a.Q1), format(b.Q3 - b.Q1), r.String(),
			format(a.WhiskerHigh), format(b.WhiskerHigh), medians.String()})
	}
	claim.conclude(verdicts)
	return claim
}
