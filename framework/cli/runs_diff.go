package cli

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"sedlab/framework/app"
	"sedlab/framework/compare"
)

func (t *terminal) runsDiffCommand() *cobra.Command {
	var metric string
	c := answering(t, &cobra.Command{
		Use:   "diff A B",
		Short: "Compare two runs: their specs, and their results signal by signal",
		Long: "Diff shows where the specs of two runs differ, and compares their results. Rows are paired by prior, signal, and\n" +
			"every column that says which problem was solved. Columns in which the runs share no value are left out, because\n" +
			"the runs differ there by design. If several rows then match, such as those of several seeds, their means are compared.\n" +
			"The exit code is 0 if the results are the same, 1 if they differ, 2 if they cannot be compared.\n" +
			"A and B are folders, ids or their beginnings, or latest.",
	}, func(_ context.Context, args []string) (*app.Difference, error) {
		d, err := t.app.Diff(args[0], args[1], metric)
		if err != nil {
			return nil, usageError{err} // exit code 2, as diff(1) has for trouble
		}
		return d, differs(d.Results)
	}, printDifference)
	c.Flags().StringVar(&metric, "metric", "mse", "`column` to compare: "+strings.Join(t.app.Metrics(), ", "))
	return c
}

// differs returns the error that the command ends with: nil if the results are the same.
func differs(r compare.Pairing) error {
	switch {
	case r.Identical:
		return nil
	case r.PairsIdentical():
		return fmt.Errorf("all pairs are identical, but %s of A and %s of B have no partner",
			plural(r.OnlyA, "row"), plural(r.OnlyB, "row"))
	}
	return errDifferent
}

func printDifference(out io.Writer, d *app.Difference) {
	table(out, func(w io.Writer) {
		fmt.Fprintf(w, "\tA\tB\nrun\t%s\t%s\n", filepath.Base(d.A), filepath.Base(d.B))
		for _, c := range slices.Concat(d.Origin, d.Spec) {
			fmt.Fprintf(w, "%s\t%s\t%s\n", c.Key, orDash(c.A, verbatim), orDash(c.B, verbatim))
		}
		if len(d.Spec) == 0 {
			fmt.Fprintln(w, "spec\tthe same")
		}
	})
	printPairing(out, d.Results)
}

// printPairing prints how rows were paired, and the comparison.
func printPairing(out io.Writer, p compare.Pairing) {
	if p.Unpaired != "" {
		fmt.Fprintf(out, "\nresults: not compared: %s\n", p.Unpaired)
		return
	}
	fmt.Fprintf(out, "\nresults: %s of %s, by prior, signal_id, %s\n", plural(p.Pairs, "pair"), p.Metric, strings.Join(p.Keys, ", "))
	for _, l := range p.LeftOut {
		fmt.Fprintf(out, "  not by %s: %s in A, %s in B\n", l.Column, strings.Join(l.A, " "), strings.Join(l.B, " "))
	}
	if p.MostA > 1 || p.MostB > 1 {
		fmt.Fprintf(out, "  not one to one: a signal has up to %d rows in A and %d in B; their means are compared\n", p.MostA, p.MostB)
	}
	if p.OnlyA > 0 || p.OnlyB > 0 {
		fmt.Fprintf(out, "  without a partner: %s in A, %d in B\n", plural(p.OnlyA, "row"), p.OnlyB)
	}
	switch {
	case p.PairsIdentical():
		fmt.Fprintln(out, "  every pair is identical in all columns of results")
	case len(p.Groups) > 0:
		printGroups(out, p.Groups)
	}
}

// printGroups prints a table with the comparison of each prior's pairs.
func printGroups(out io.Writer, groups []compare.Group) {
	table(out, func(w io.Writer) {
		fmt.Fprint(w, "\nprior")
		for _, s := range groups[0].At {
			fmt.Fprintf(w, "\t%s", s.Column)
		}
		fmt.Fprintln(w, "\tpairs\tmedian A\tmedian B\tmedian B - A\tbetter in B\t")
		for _, g := range groups {
			fmt.Fprint(w, g.Prior)
			for _, s := range g.At {
				fmt.Fprintf(w, "\t%s", strings.Trim(s.Value, `"`))
			}
			fmt.Fprintf(w, "\t%d\t%s\t%s\t%s\t%s\t%s\n", g.Compared, orDash(g.MedianA, short), orDash(g.MedianB, short),
				orDash(g.Difference, short), orDash(g.BetterInB, share), remark(g))
		}
	})
}

func verbatim(text string) string { return text }

func share(v float64) string { return fmt.Sprintf("%.0f %%", 100*v) }

// remark adds to a group's line what its numbers do not show.
func remark(g compare.Group) string {
	switch {
	case g.Identical:
		return "identical"
	case g.Compared < g.Pairs:
		return plural(g.Pairs-g.Compared, "pair") + " without a result"
	}
	return ""
}
