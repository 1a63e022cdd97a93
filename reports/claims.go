package reports

import (
	"cmp"
	"fmt"
	"math"
	"slices"

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

// Claim is a claim of the paper (section 3.3) and the verdict for one prior.
type Claim struct {
	Prior   string     `json:"prior"`
	Claim   string     `json:"claim"` // what the paper says
	Rule    string     `json:"rule"`  // how the verdict is reached
	Verdict Verdict    `json:"verdict"`
	Detail  string     `json:"detail"`  // at how many problems it holds
	Missing string     `json:"missing"` // what a spec needs to test it; set if it was not tested
	Table   [][]string `json:"table"`   // the numbers; the first row is the header
}

const (
	upTo        = 0.4  // the missing fraction up to which the paper makes its claims
	lowError    = 0.01 // of the signal's mean square: an error of a tenth of its flux
	majority    = 0.9  // of the signals: the paper's "vast majority"
	onPar       = 1.5  // ratio of medians up to which test is on par with train
	leastToTest = 8    // signals that a cell needs for its quartiles to mean anything
)

// examine examines the paper's claims for each prior with a generator.
func examine(run Run) []Claim {
	cells := cellsOf(run.Signals)
	slices.SortStableFunc(cells, func(a, b *cell) int { // the order of the tables
		return cmp.Or(cmp.Compare(a.Operator, b.Operator), cmp.Compare(a.Level, b.Level), cmp.Compare(a.MissingFraction, b.MissingFraction))
	})
	priors := run.Claims
	if len(priors) == 0 {
		priors = []string{""}
	}
	var claims []Claim
	for _, p := range priors {
		claims = append(claims, lowUpTo(run, cells, p), testLikeTrain(cells, p), concentrates(cells, p))
	}
	for i := range claims {
		c := &claims[i]
		if c.Prior == "" {
			c.Missing = "a prior with a generator, such as glo"
		}
		c.Missing += fmt.Sprintf("; and at least %d signals in a cell", leastToTest)
	}
	return claims
}

// judge examines the claim at every problem. For a cell of the prior, test returns
// the verdict and a row of the table; the row is nil if the cell does not test the
// claim. The claim holds if it holds at every problem. It does not hold if it fails at
// one.
func (c *Claim) judge(cells []*cell, test func(*cell) (Verdict, []string)) {
	counts := map[Verdict]int{}
	for _, cell := range cells {
		if cell.Prior != c.Prior {
			continue
		}
		if v, row := test(cell); row != nil {
			counts[v]++
			c.Table = append(c.Table, row)
		}
	}
	problems := len(c.Table) - 1
	switch {
	case problems == 0:
		c.Verdict = NotTested
		return
	case counts[DoesNotHold] > 0:
		c.Verdict = DoesNotHold
	case counts[Inconclusive] > 0:
		c.Verdict = Inconclusive
	default:
		c.Verdict = Holds
	}
	c.Detail = fmt.Sprintf("holds at %d of %s, does not at %d, inconclusive at %d",
		counts[Holds], Plural(problems, "problem"), counts[DoesNotHold], counts[Inconclusive])
}

// below judges by its interval whether an estimate is at most a bound.
func below(v interval, bound float64) Verdict {
	switch {
	case v.High <= bound:
		return Holds
	case v.Low > bound:
		return DoesNotHold
	}
	return Inconclusive
}

// compare returns the ratio of a statistic between two cells, and the number of errors
// that it compares: 0 if b is nil. The cells name the random stream of its bootstrap.
func compare(a, b *cell, pair bool, stat func([]float64) float64) (r interval, n int) {
	var ma, mb []float64
	switch {
	case b == nil:
	case pair:
		ma, mb = paired(a, b)
	default:
		ma, mb = a.errors(), b.errors()
	}
	n = min(len(ma), len(mb))
	if n < leastToTest {
		return interval{math.NaN(), math.NaN(), math.NaN()}, n
	}
	return ratio(ma, mb, pair, stat, rng.New(a.Seed, "report bootstrap "+a.CellID+" "+b.CellID)), n
}

func (v interval) String() string {
	if math.IsNaN(v.Value) {
		return "–"
	}
	return draw.TwoDigits(v.Value) + " [" + draw.TwoDigits(v.Low) + ", " + draw.TwoDigits(v.High) + "]"
}

// hidesUpTo reports whether a cell hides fluxes, but no more than the claims allow.
func (c *cell) hidesUpTo() bool { return c.MissingFraction > 0 && c.MissingFraction <= upTo+1e-9 }

// problem writes a cell's problem for a table.
func (c *cell) problem() []string {
	missing, method := "0", c.Method
	if c.MissingFraction > 0 {
		missing = Category(column("missing_fraction"), c.MissingFraction)
	}
	if draw.Finite(c.Lambda) {
		method += ", λ = " + draw.Number(c.Lambda)
	}
	return []string{Category(column("operator"), c.Operator), missing, c.noise, method}
}

// problemHeader is the header of what problem returns.
func problemHeader() (header []string) {
	for _, name := range []string{"operator", "missing_fraction", "noise_l2", "method"} {
		header = append(header, Head(column(name)))
	}
	return header
}

// column returns one of the fixed columns.
func column(name string) record.Column {
	c, _ := fixed.Find(name)
	return c
}
