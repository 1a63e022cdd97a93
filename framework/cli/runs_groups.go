package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"sedlab/framework/compare"
	"sedlab/internal/settings"
)

// mostGroups is the number of lines that a comparison may have without being folded;
// largestGroups of them are then shown.
const (
	mostGroups    = 24
	largestGroups = 6
)

// printFolded prints a summary of each prior and the groups that differ most.
func printFolded(out io.Writer, p compare.Pairing) {
	printGroups(out, p.Priors)
	differ := slices.DeleteFunc(slices.Clone(p.Groups), func(g compare.Group) bool { return g.Identical })
	size := func(g compare.Group) float64 {
		if g.Difference == nil {
			return math.Inf(1) // a pair without a result is worth a look
		}
		return math.Abs(*g.Difference)
	}
	slices.SortStableFunc(differ, func(a, b compare.Group) int { return cmp.Compare(size(b), size(a)) })
	shown := differ[:min(len(differ), largestGroups)]
	fmt.Fprintf(out, "\n%d of %d lines, those that differ most; %d are identical; --all shows them all\n", len(shown), len(p.Groups), len(p.Groups)-len(differ))
	printGroups(out, shown)
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

// foldedSides shortens the JSON of two values: of two long lists it keeps what only one
// has.
func foldedSides(a, b string) (x, y string) {
	const long = 60
	if len(a) <= long && len(b) <= long {
		return a, b
	}
	var xs, ys []any
	if json.Unmarshal([]byte(a), &xs) != nil || json.Unmarshal([]byte(b), &ys) != nil {
		return a, b
	}
	x, y = foldedSide(xs, ys), foldedSide(ys, xs)
	if cut(x, long) != cut(y, long) {
		x, y = cut(x, long), cut(y, long)
	}
	return x, y
}

// foldedSide lists the values that only a has, and counts the others.
func foldedSide(a, b []any) string {
	known := map[string]bool{}
	for _, v := range b {
		known[settings.Text(v)] = true
	}
	own := slices.DeleteFunc(slices.Clone(a), func(v any) bool { return known[settings.Text(v)] })
	both := fmt.Sprintf("%d in both", len(a)-len(own))
	if len(own) == 0 {
		return both
	}
	return folded(own) + "; " + both
}

// cut returns the beginning of a text that is too long.
func cut(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
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
