package cli

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"sedlab/framework/compare"
)

// print writes a comparison for people.
func (d *difference) print(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "\tA\tB\nrun\t%s\t%s\n", filepath.Base(d.A), filepath.Base(d.B))
	for _, c := range slices.Concat(d.Origin, d.Spec) {
		fmt.Fprintf(w, "%s\t%s\t%s\n", c.Key, textOr(c.A), textOr(c.B))
	}
	if len(d.Spec) == 0 {
		fmt.Fprintln(w, "spec\tthe same")
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return printPairing(out, d.Results)
}

func textOr(text *string) string {
	if text == nil {
		return "-"
	}
	return *text
}

// printPairing prints how rows were paired and what came of it.
func printPairing(out io.Writer, p compare.Pairing) error {
	if p.Unpaired != "" {
		_, err := fmt.Fprintf(out, "\nresults: not compared: %s\n", p.Unpaired)
		return err
	}
	fmt.Fprintf(out, "\nresults: %s of %s, by prior, signal_id, %s\n", plural(p.Pairs, "pair"), p.Metric, strings.Join(p.Keys, ", "))
	for _, l := range p.LeftOut {
		fmt.Fprintf(out, "  but for %s: %s in A, %s in B\n", l.Column, strings.Join(l.A, " "), strings.Join(l.B, " "))
	}
	if p.MostA > 1 || p.MostB > 1 {
		fmt.Fprintf(out, "  not one to one: a signal has up to %d rows in A and %d in B, whose means are compared\n", p.MostA, p.MostB)
	}
	if p.OnlyA > 0 || p.OnlyB > 0 {
		fmt.Fprintf(out, "  without a partner: %s in A, %d in B\n", plural(p.OnlyA, "row"), p.OnlyB)
	}
	switch {
	case len(p.Groups) == 0:
		return nil
	case pairsIdentical(p):
		_, err := fmt.Fprintln(out, "  every pair is identical, in all columns of results")
		return err
	}
	return printGroups(out, p)
}

// pairsIdentical tells whether there are pairs, and all have the same results.
func pairsIdentical(p compare.Pairing) bool {
	return len(p.Groups) > 0 && !slices.ContainsFunc(p.Groups, func(g compare.Group) bool { return !g.Identical })
}

// printGroups prints a table of what came of each prior's pairs.
func printGroups(out io.Writer, p compare.Pairing) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "\nprior")
	for _, s := range p.Groups[0].At {
		fmt.Fprintf(w, "\t%s", s.Column)
	}
	fmt.Fprintln(w, "\tpairs\tmedian A\tmedian B\tmedian B - A\tbetter in B\t")
	for _, g := range p.Groups {
		fmt.Fprint(w, g.Prior)
		for _, s := range g.At {
			fmt.Fprintf(w, "\t%s", strings.Trim(s.Value, `"`))
		}
		fmt.Fprintf(w, "\t%d\t%s\t%s\t%s\t%s\t%s\n", g.Compared, shortOr(g.MedianA), shortOr(g.MedianB),
			shortOr(g.Difference), share(g.BetterInB), remark(g))
	}
	return w.Flush()
}

func share(v *float64) string {
	if v == nil {
		return "-"
	}
	return fmt.Sprintf("%.0f %%", 100**v)
}

// remark says what the numbers of a group do not.
func remark(g compare.Group) string {
	switch {
	case g.Identical:
		return "identical"
	case g.Compared < g.Pairs:
		return plural(g.Pairs-g.Compared, "pair") + " without a result"
	}
	return ""
}
