package cli

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"sedlab/framework/app"
	"sedlab/internal/durable"
)

func (t *terminal) dataSplitCommand() *cobra.Command {
	var ref app.SpecRef
	var out string
	c := answering(t, &cobra.Command{
		Use:   "split SPEC",
		Short: "List which side of the split each signal of a spec is on",
		Long: "Split reads the data of a spec, and lists each signal with its side, and with what a run would say about it: why\n" +
			"it cannot be used, and which earlier signal it is an exact copy of. If the sweep has several data sets or splits,\n" +
			"it lists them all.",
		Example: "  sedlab data split paper/figure2a --out split.csv",
	}, func(ctx context.Context, args []string) ([]app.DataSplit, error) {
		ref.Name = args[0]
		list, err := t.app.Split(ctx, ref, t.progress)
		t.progress.close()
		if err == nil && out != "" {
			err = writeSplits(out, list)
		}
		return list, err
	}, func(w io.Writer, list []app.DataSplit) { printSplits(w, list, out == "") })
	t.specFlags(c, &ref)
	t.memoryFlag(c)
	c.Flags().StringVar(&out, "out", "", "CSV `file` to write the signals to, instead of listing them")
	return c
}

// splitHeader names the columns of a list of signals.
var splitHeader = []string{"signal_id", "side", "group", "unusable", "copy_of"}

// fields returns the fields of a signal, under splitHeader.
func fields(s app.SplitSignal) []string {
	copyOf := ""
	if s.CopyOf != nil {
		copyOf = strconv.Itoa(*s.CopyOf)
	}
	return []string{strconv.Itoa(s.ID), s.Side, s.Group, s.Unusable, copyOf}
}

// printSplits counts the signals of each split, and lists them if asked to.
func printSplits(out io.Writer, list []app.DataSplit, signals bool) {
	for _, split := range list {
		fmt.Fprintln(out, split.Dataset)
		if len(list) > 1 {
			fmt.Fprintf(out, "normalize: %s, split: %s\n", split.Normalize, sharesText(split.Shares))
		}
		for _, note := range split.Counts.Notes() {
			fmt.Fprintln(out, "note:", note)
		}
		if !signals {
			continue
		}
		table(out, func(w io.Writer) {
			printRow(w, splitHeader)
			for _, s := range split.Signals {
				printRow(w, fields(s))
			}
		})
	}
}

// printRow writes a row of a table, with - for an empty field.
func printRow(w io.Writer, row []string) {
	for i, field := range row {
		if i > 0 {
			fmt.Fprint(w, "\t")
		}
		if field == "" {
			field = "-"
		}
		fmt.Fprint(w, field)
	}
	fmt.Fprintln(w)
}

// sharesText writes what a spec says about a split.
func sharesText(s app.Shares) string {
	if s.Column != "" {
		return "column " + s.Column
	}
	return fmt.Sprintf("train %g, validation %g, test %g", s.Train, s.Validation, s.Test)
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// writeSplits writes all signals to a CSV file, with what tells the splits apart.
func writeSplits(path string, list []app.DataSplit) error {
	return durable.WriteFile(path, func(out io.Writer) error {
		w := csv.NewWriter(out)
		header := []string{"dataset", "sha256", "split_seed", "normalize", "train", "validation", "test", "column"}
		_ = w.Write(append(header, splitHeader...)) // Error has the first error
		for _, split := range list {
			shares := split.Shares
			about := []string{split.Name, split.SHA256, strconv.FormatUint(split.SplitSeed, 10), split.Normalize,
				number(shares.Train), number(shares.Validation), number(shares.Test), shares.Column}
			for _, s := range split.Signals {
				_ = w.Write(append(slices.Clone(about), fields(s)...))
			}
		}
		w.Flush()
		return w.Error()
	})
}
