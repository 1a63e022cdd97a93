package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"sedlab/internal/record"
	"sedlab/reports/draw"
)

// writeCells writes the statistics of every cell.
func writeCells(b *strings.Builder, run Run) {
	cells := cellsOf(run.Signals)
	if len(cells) == 0 {
		return
	}
	header := append([]string{"cell", "prior"}, problemHeader()...)
	rows := [][]string{append(header, "split", "swept", "median MSE", "IQR", "mean", "n", "beyond 1.5 × IQR", "failed", "not converged")}
	for _, c := range cells {
		mse := c.errors()
		s := Describe(mse, len(c.rows)-len(mse), 1.5)
		row := append([]string{"`" + c.CellID + "`", c.Prior}, c.problem()...)
		rows = append(rows, append(row, c.Split, sweptText(c.Signal), draw.Number(s.Median), draw.Number(s.Q3-s.Q1), draw.Number(s.Mean),
			fmt.Sprint(s.N), fmt.Sprint(s.LeftOut), fmt.Sprint(s.Failed), fmt.Sprint(c.notConverged())))
	}
	fmt.Fprintf(b, "## All cells\n\n<details><summary>%s</summary>\n\n", Plural(len(cells), "cell"))
	writeTable(b, rows)
	b.WriteString("</details>\n\n")
}

func (c *cell) notConverged() (n int) {
	for _, r := range c.rows {
		if r.Status == record.StatusOK && !r.Converged {
			n++
		}
	}
	return n
}

// sweptText lists the values of the other swept keys.
func sweptText(s *record.Signal) string {
	var parts []string
	for key, v := range s.Sweep {
		parts = append(parts, fmt.Sprintf("%s = %s", key, Category(record.Column{}, record.Plain(v))))
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

// failure is a status other than ok, and how many signals have it.
type failure struct {
	status string
	count  int
}

// failures counts the signals that failed, by status, the most frequent first.
func failures(rows []record.Signal) []failure {
	counts := map[string]int{}
	for i := range rows {
		if rows[i].Status != record.StatusOK {
			counts[rows[i].Status]++
		}
	}
	var list []failure
	for status, n := range counts {
		list = append(list, failure{status, n})
	}
	slices.SortFunc(list, func(a, b failure) int {
		return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(a.status, b.status))
	})
	return list
}

func writeFailures(b *strings.Builder, run Run) {
	list := failures(run.Signals)
	if len(list) == 0 {
		return
	}
	rows := [][]string{{"status", "signals"}}
	for _, f := range list {
		rows = append(rows, []string{f.status, fmt.Sprint(f.count)})
	}
	b.WriteString("## Failures\n\n")
	writeTable(b, rows)
}
