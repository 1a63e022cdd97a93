package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"sedlab/internal/group"
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
	rows := [][]string{append(header, "method", "split", "swept", "median MSE", "IQR", "mean", "n", "beyond 1.5 × IQR", "failed", "not converged")}
	for _, c := range cells {
		mse := c.errors()
		s := Describe(mse, len(c.rows)-len(mse), 1.5)
		row := append([]string{"`" + c.CellID + "`", c.Prior}, problemText(c.Operator, c.MissingFraction, c.noise)...)
		rows = append(rows, append(row, c.method(), c.Split, sweptText(c.Signal), draw.Number(s.Median), draw.Number(s.Q3-s.Q1), draw.Number(s.Mean),
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

// failures returns the signals that failed, by status, the most frequent first.
func failures(rows []record.Signal) [][]*record.Signal {
	failed := slices.DeleteFunc(group.Pointers(rows), func(r *record.Signal) bool { return r.Status == record.StatusOK })
	groups := group.By(failed, func(r *record.Signal) string { return r.Status })
	slices.SortFunc(groups, func(a, b []*record.Signal) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a[0].Status, b[0].Status))
	})
	return groups
}

func writeFailures(b *strings.Builder, run Run) {
	rows := [][]string{{"status", "signals"}}
	for _, failed := range failures(run.Signals) {
		rows = append(rows, []string{failed[0].Status, fmt.Sprint(len(failed))})
	}
	if len(rows) > 1 {
		b.WriteString("## Failures\n\n")
		writeTable(b, rows)
	}
}
