package reports

import (
	"fmt"
	"slices"
	"strings"

	"sedlab/internal/quantile"
	"sedlab/internal/record"
	"sedlab/internal/rng"
	"sedlab/reports/draw"
)

// Verdict says whether a run bears out a claim.
type Verdict string

const (
	Holds        Verdict = "holds"
	DoesNotHold  Verdict = "does not hold"
	Inconclusive Verdict = "inconclusive"
	NotTested    Verdict = "not tested by this run"
)

// Claim is a claim of the paper (section 3.3) and the verdict for one prior at one setting.
type Claim struct {
	Prior      string      `json:"prior"`
	Setting    string      `json:"setting,omitempty"` // in which it differs from the prior's other settings, such as λ = 0.01
	Claim      string      `json:"claim"`             // what the paper says
	Rule       string      `json:"rule,omitempty"`    // how the verdict is reached
	Verdict    Verdict     `json:"verdict"`
	Detail     string      `json:"detail"`            // at how many conditions it holds
	Missing    string      `json:"missing,omitempty"` // what a spec needs to test it; set if it was not tested
	Conditions []Condition `json:"conditions"`        // the numbers behind the verdict
	Table      [][]string  `json:"table,omitempty"`   // the same and more, for people; the first row is the header
}

// Condition is a problem, and what a claim's statistic is there. The intervals of all
// conditions of a claim cover at once with 95 % confidence.
type Condition struct {
	Operator        string   `json:"operator"`
	MissingFraction float64  `json:"missing_fraction"`
	Noise           string   `json:"noise_l2"` // as the report writes it
	Signals         int      `json:"signals"`  // distinct ones behind the estimate
	Repeats         int      `json:"repeats"`
	Estimate        Interval `json:"estimate"`
	Verdict         Verdict  `json:"verdict"`
}

const (
	upTo        = 0.4  // the missing fraction up to which the paper makes its claims
	lowError    = 0.01 // of the signal's mean square: an error of a tenth of its flux
	majority    = 0.9  // of the signals: the paper's "vast majority"
	onPar       = 1.5  // ratio of medians up to which test is on par with train
	leastToTest = 8    // signals that a condition needs for its quartiles to mean anything
)

// question is a claim as it is put to one prior.
type question struct {
	Claim
	trials  []*trial
	partner func(*cell) *cell // what a cell is compared with; nil for nothing
	header  []string          // of the table, after the problem, signals and repeats
	// test returns the statistic of a condition on the current sample of a design, and the
	// further fields of the table. n is the number of distinct signals.
	test func(d *design, condition []*cell) (stat func() float64, n int, row func(Interval) []string)
	// widen, if not nil, widens an interval where the bootstrap cannot see how far it reaches.
	widen  func(v Interval, n, conditions int) Interval
	judge  func(Interval) Verdict
	remark func(c *Claim) string // added to the detail
}

// examine examines the paper's claims for each prior with a generator.
func examine(run Run) []Claim {
	cells := byDifficulty(cellsOf(run.Signals))
	priors := run.Claims
	if len(priors) == 0 {
		priors = []string{""}
	}
	var claims []Claim
	for _, p := range priors {
		for _, q := range []question{lowUpTo(run, cells, p), testLikeTrain(run, cells, p), concentrates(run, cells, p)} {
			claims = append(claims, q.answer(run)...)
		}
	}
	return claims
}

// answer judges the claim at each setting of the prior.
func (q *question) answer(run Run) (claims []Claim) {
	for _, t := range q.trials {
		c := q.Claim
		c.Setting = t.setting
		if q.judgeAt(run, t, &c); len(c.Conditions) > 0 {
			claims = append(claims, c)
		}
	}
	if len(claims) > 0 {
		return claims
	}
	c := q.Claim
	if c.Verdict = NotTested; c.Prior == "" {
		c.Missing = "a prior with a generator, such as glo"
	}
	c.Missing += fmt.Sprintf("; and at least %d signals", leastToTest)
	c.Conditions = []Condition{}
	return []Claim{c}
}

// judgeAt judges the claim at one setting. It holds if it holds at every condition. It does
// not hold if it fails at one.
func (q *question) judgeAt(run Run, t *trial, c *Claim) {
	all := slices.Concat(t.conditions...)
	if q.partner != nil {
		for _, cell := range slices.Clone(all) {
			if other := q.partner(cell); other != nil {
				all = append(all, other)
			}
		}
	}
	d := newDesign(all, run.SameData)
	var stats []func() float64
	var rows []func(Interval) []string
	for _, condition := range t.conditions {
		stat, n, row := q.test(d, condition)
		if n < leastToTest {
			continue
		}
		first := condition[0]
		c.Conditions = append(c.Conditions, Condition{
			Operator: first.Operator, MissingFraction: first.MissingFraction, Noise: first.noise, Signals: n, Repeats: len(condition)})
		stats, rows = append(stats, stat), append(rows, row)
	}
	if len(stats) == 0 {
		return
	}
	stream := rng.New(0, "report claim "+c.Claim+" "+c.Prior+" "+c.Setting)
	c.Table = [][]string{slices.Concat(problemHeader(), []string{"signals", "repeats"}, q.header)}
	counts := map[Verdict]int{}
	for k, v := range d.intervals(stream, stats...) {
		condition := &c.Conditions[k]
		if q.widen != nil {
			v = q.widen(v, condition.Signals, len(stats))
		}
		condition.Estimate, condition.Verdict = v, q.judge(v)
		counts[condition.Verdict]++
		c.Table = append(c.Table, slices.Concat(condition.problem(), rows[k](v)))
	}
	switch {
	case counts[DoesNotHold] > 0:
		c.Verdict = DoesNotHold
	case counts[Inconclusive] > 0:
		c.Verdict = Inconclusive
	default:
		c.Verdict = Holds
	}
	c.Detail = q.detail(c, counts)
}

// detail says where the claim holds, and on how much evidence.
func (q *question) detail(c *Claim, counts map[Verdict]int) string {
	var parts []string
	for _, v := range []struct {
		verdict Verdict
		text    string
	}{{Holds, "holds"}, {DoesNotHold, "does not hold"}, {Inconclusive, "is inconclusive"}} {
		n := counts[v.verdict]
		switch {
		case n == 0:
		case parts == nil:
			parts = append(parts, fmt.Sprintf("%s at %d of %s", v.text, n, Plural(len(c.Conditions), "condition")))
		default:
			parts = append(parts, fmt.Sprintf("%s at %d", v.text, n))
		}
	}
	text := Listed(parts)
	if n := c.Conditions[0].Repeats; n > 1 {
		text += fmt.Sprintf(", over %d repeats", n)
	}
	if q.remark != nil {
		text += q.remark(c)
	}
	return text
}

// below judges by its interval whether an estimate is at most a bound.
func below(bound float64) func(Interval) Verdict {
	return func(v Interval) Verdict {
		switch {
		case v.High <= bound:
			return Holds
		case v.Low > bound:
			return DoesNotHold
		}
		return Inconclusive
	}
}

// together says what the intervals of a rule are.
const together = "The 95 % intervals of all conditions hold at once: repeats, and signals within them, are resampled together."

// hidesUpTo reports whether a cell hides fluxes, but no more than the claims allow.
func (c *cell) hidesUpTo() bool { return c.MissingFraction > 0 && c.MissingFraction <= upTo+1e-9 }

// problem writes a condition's problem and evidence for a table.
func (c Condition) problem() []string {
	return append(problemText(c.Operator, c.MissingFraction, c.Noise), fmt.Sprint(c.Signals), fmt.Sprint(c.Repeats))
}

func problemText(operator string, missing float64, noise string) []string {
	hidden := "0"
	if missing > 0 {
		hidden = Category(column("missing_fraction"), missing)
	}
	return []string{Category(column("operator"), operator), hidden, noise}
}

// problemHeader is the header of what problemText returns.
func problemHeader() (header []string) {
	for _, name := range []string{"operator", "missing_fraction", "noise_l2"} {
		header = append(header, Head(column(name)))
	}
	return header
}

// column returns one of the fixed columns.
func column(name string) record.Column {
	c, _ := fixed.Find(name)
	return c
}

// method writes a cell's method and penalty.
func (c *cell) method() string {
	if draw.Finite(c.Lambda) {
		return c.Method + ", λ = " + draw.Number(c.Lambda)
	}
	return c.Method
}

// pooled returns the errors of several cells.
func pooled(cells []*cell) (all []float64) {
	for _, c := range cells {
		all = append(all, c.errors()...)
	}
	return all
}

func medianText(cells []*cell) string { return draw.Number(quantile.Median(pooled(cells))) }

// errorsIn returns the errors of cells as values of a design.
func errorsIn(d *design, cells []*cell) (v values) {
	for _, c := range cells {
		for _, r := range c.rows {
			if x := r.Score(metric); r.Status == record.StatusOK && draw.Finite(x) {
				v.add(d, c, r, x)
			}
		}
	}
	return v.sorted()
}

// pairsIn returns the errors of the signals that both a cell and its partner reconstructed.
func pairsIn(d *design, cells []*cell, partner func(*cell) *cell) (own, others values) {
	for _, c := range cells {
		other := partner(c)
		if other == nil {
			continue
		}
		rows := map[int64]*record.Signal{}
		for _, r := range other.rows {
			rows[r.SignalID] = r
		}
		for _, r := range c.rows {
			s := rows[r.SignalID]
			if s == nil || r.Status != record.StatusOK || s.Status != record.StatusOK {
				continue
			}
			if x, y := r.Score(metric), s.Score(metric); draw.Finite(x) && draw.Finite(y) {
				own.add(d, c, r, x)
				others.add(d, c, r, y) // resampled as the signal of c
			}
		}
	}
	return own.sorted(), others.sorted()
}

// names joins the non-empty parts of a text.
func names(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), ", ")
}
