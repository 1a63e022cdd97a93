package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"sedlab/framework/app"
)

// errDifferent ends a comparison of runs whose results are not the same.
var errDifferent = errors.New("the results differ")

func (t *terminal) replayCommand() *cobra.Command {
	var f runFlags
	c := &cobra.Command{
		Use:   "replay RUN",
		Short: "Run a run again from what it recorded, and compare the results bit for bit",
		Long: "Replay computes everything again, past the cache, into a run folder of its own, and compares signals.parquet row\n" +
			"by row. The exit code is 0 if all results are the same, 1 if some differ, 2 if they could not be compared.\n" + runNames + "\n" +
			"Where the data have moved, say where they are with --set dataset.path=FILE.",
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			return t.running(&f, func(o app.RunOptions) error {
				r, err := t.app.Replay(c.Context(), args[0], f.Edits, o)
				if errors.Is(err, context.Canceled) {
					return err
				}
				if err != nil {
					return usageError{err} // which is diff(1)'s code of trouble too
				}
				return t.replayed(r)
			})
		},
	}
	t.runFlags(c, &f)
	return c
}

func (t *terminal) replayed(r *app.Replayed) error {
	err := t.ended(r.Again, nil, t.stderr) // standard output is for the comparison
	if err == nil {
		err = answer(t, r, printReplay)
	}
	if err == nil && !r.Identical {
		err = errDifferent
	}
	return err
}

func printReplay(out io.Writer, r *app.Replayed) error {
	s := r.Signals
	fmt.Fprintf(out, "%s\nagain in %s: %d rows compared", r.Run, r.Replay, s.Rows)
	if s.OnlyA+s.OnlyB > 0 {
		fmt.Fprintf(out, ", %d there only, %d here only", s.OnlyA, s.OnlyB)
	}
	fmt.Fprint(out, "\n\n")
	return table(out, func(w io.Writer) {
		for _, c := range s.Columns {
			switch {
			case s.Rows == 0: // nothing to say of columns
			case c.Identical:
				fmt.Fprintf(w, "%s\tidentical\n", c.Name)
			default:
				fmt.Fprintf(w, "%s\tdiffers in %d rows, by at most %s, in cell %s, prior %s, signal %d: %v then, %v now\n",
					c.Name, c.Rows, short(c.Largest), c.Where.Cell, c.Where.Prior, c.Where.Signal, c.A, c.B)
			}
		}
		for _, note := range r.Notes {
			fmt.Fprintf(w, "note: %s\n", note)
		}
	})
}
