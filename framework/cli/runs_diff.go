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
	var all bool
	c := answering(t, &cobra.Command{
		Use:   "diff A B",
		Short: "Compare two runs: their specs, and their results signal by signal",
		Long: "Diff shows where the specs of two runs differ, and compares their results. Rows are paired by prior, signal, and\n" +
			"every column that says which problem was solved. Columns in which the runs share no value are left out, because\n" +
			"the runs differ there by design. If several rows then match, such as those of several seeds, their means are compared.\n" +
			"Of long sweeps, only the largest differences and a summary are shown, unless --all is given.\n" +
			"The exit code is 0 if the results are the same, 1 if they differ, 2 if they cannot be compared.\n" +
			"A and B are folders, ids or their beginnings, or latest.",
	}, func(ctx context.Context, args []string) (*app.Difference, error) {
		d, err := t.app.Diff(ctx, args[0], args[1], metric)
		if err != nil {
			return nil, usageError{err} // exit code 2, as diff(1) has for trouble
		}
		return d, differs(d.Results)
	}, func(out io.Writer, d *app.Difference) { printDifference(out, d, all) })
	c.Flags().BoolVar(&all, "all", false, "show long sweeps whole: all of their values and every line of the comparison")
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

func printDifference(out io.Writer, d *app.Difference, all bool) {
	table(out, func(w io.Writer) {
		fmt.Fprintf(w, "\tA\tB\nrun\t%s\t%s\n", filepath.Base(d.A), filepath.Base(d.B))
		for _, c := range slices.Concat(d.Origin, d.Spec) {
			a, b := orDash(c.A, verbatim), orDash(c.B, verbatim)
			if !all && strings.HasPrefix(c.Key, "sweep") {
				a, b = foldedSides(a, b)
			}
			fmt.Fprintf(w, "%s\t%s\t%s\n", c.Key, a, b)
		}
		if len(d.Spec) == 0 {
			fmt.Fprintln(w, "spec\tthe same")
		}
	})
	printPairing(out, d.Results, all)
}

// printPairing prints how rows were paired, and the comparison, in short unless all is set.
func printPairing(out io.Writer, p compare.Pairing, all bool) {
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
	case len(p.Groups) > mostGroups && !all:
		printFolded(out, p)
	case len(p.Groups) > 0:
		printGroups(out, p.Groups)
	}
}
