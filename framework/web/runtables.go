package web

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sedlab/framework/app"
)

// mostVerdicts is the number of verdicts that a page lists.
const mostVerdicts = 60

// verdicts are the verdicts on the paper's claims.
type verdicts struct {
	List  []verdict
	Of    int // all of them
	Count string
}

// verdict is the verdict on a claim for one prior at one setting.
type verdict struct {
	Claim, Rule, Who, Verdict, Detail string
	Conditions                        []condition
}

// condition is the estimate at a condition, with its interval.
type condition struct {
	Operator, Noise, Verdict string
	Missing                  float64 // %
	Signals, Repeats         int
	Value, Low, High         float64
}

// Class is the style of a verdict.
func (v verdict) Class() string { return strings.ReplaceAll(v.Verdict, " ", "-") }

// Class is the style of a verdict.
func (c condition) Class() string { return strings.ReplaceAll(c.Verdict, " ", "-") }

func verdictsOf(claims []app.Claim) (all verdicts) {
	all.Of = len(claims)
	var counts []string
	for _, p := range countsOf(app.CountVerdicts(claims)) {
		counts = append(counts, p.Text)
	}
	all.Count = strings.Join(counts, ", ")
	for _, c := range claims[:min(len(claims), mostVerdicts)] {
		v := verdict{Claim: c.Claim, Rule: c.Rule, Who: c.Who(), Verdict: string(c.Verdict), Detail: c.Detail}
		for _, x := range c.Conditions {
			v.Conditions = append(v.Conditions, condition{x.Operator, x.Noise, string(x.Verdict), 100 * x.MissingFraction,
				x.Signals, x.Repeats, x.Estimate.Value, x.Estimate.Low, x.Estimate.High})
		}
		all.List = append(all.List, v)
	}
	return all
}

// statistics is a table of the report for people: columns that are the same everywhere are
// left out, and stand in Everywhere.
type statistics struct {
	app.StatisticsCSV
	Name       string
	Everywhere string
	Numeric    []bool // the columns of numbers
}

// statisticNames are the headings of the report's tables.
var statisticNames = map[string]string{
	app.StatisticsFile:  "Errors (mse) of each prior at each condition",
	app.ComparisonsFile: "Priors compared on the same signals",
}

func statisticsOf(t app.StatisticsCSV) statistics {
	s := statistics{Name: statisticNames[t.File], StatisticsCSV: app.StatisticsCSV{File: t.File, More: t.More, Rows: make([][]string, len(t.Rows))}}
	var same []string
	for i, name := range t.Header {
		text := func(row []string) string { return row[i] }
		if first := text(t.Rows[0]); len(t.Rows) > 1 && !slices.ContainsFunc(t.Rows, func(row []string) bool { return text(row) != first }) {
			if first != "" {
				same = append(same, name+" "+first)
			}
			continue
		}
		numeric := true
		for k, row := range t.Rows {
			short, isNumber := shortNumber(text(row))
			numeric = numeric && isNumber
			s.Rows[k] = append(s.Rows[k], short)
		}
		s.Header, s.Numeric = append(s.Header, name), append(s.Numeric, numeric)
	}
	s.Everywhere = strings.Join(same, ", ")
	return s
}

// shortNumber writes a number of a file with four digits. Other texts stay; an empty one may
// be that of a missing number.
func shortNumber(text string) (short string, ok bool) {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return text, text == ""
	}
	return number(v), true
}

// bytesText writes a number of bytes.
func bytesText(n int64) string {
	for _, unit := range []struct {
		size float64
		name string
	}{{1e9, "GB"}, {1e6, "MB"}, {1e3, "kB"}} {
		if float64(n) >= unit.size {
			return fmt.Sprintf("%.3g %s", float64(n)/unit.size, unit.name)
		}
	}
	return fmt.Sprintf("%d B", n)
}

// letter names the runs of a comparison: A, B, ….
func letter(i int) string { return string(rune('A' + i)) }

// optional writes a number that may be missing.
func optional(v *float64) string {
	if v == nil {
		return "–"
	}
	return number(*v)
}

// percent writes a share that may be missing.
func percent(v *float64) string {
	if v == nil {
		return "–"
	}
	return strconv.FormatFloat(100**v, 'f', 0, 64)
}
