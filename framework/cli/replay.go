package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"sedlab/framework/compare"
	"sedlab/framework/search"
	"sedlab/framework/store"
	"sedlab/internal/f32"
	"sedlab/internal/record"
)

// replayed is what sedlab replay says.
type replayed struct {
	Run       string         `json:"run"`
	Replay    string         `json:"replay"`
	Identical bool           `json:"identical"`
	Notes     []string       `json:"notes"` // on why results may differ
	Signals   compare.Report `json:"signals"`
}

func (a *app) replayCommand() *cobra.Command {
	var f runFlags
	c := &cobra.Command{
		Use:   "replay RUN",
		Short: "Run a run again from what it recorded, and compare the results bit for bit",
		Long: "Replay computes everything again, past the cache, into a run folder of its own, and compares signals.parquet row\n" +
			"by row. The exit code is 0 if all results are the same, 1 if some differ, 2 if they could not be compared.\n" + runNames + "\n" +
			"Where the data have moved, say where they are with --set dataset.path=FILE.",
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			r, err := a.replay(c.Context(), args[0], f)
			switch {
			case errors.Is(err, context.Canceled):
				return err
			case err != nil:
				return usageError{err} // which is diff(1)'s code of trouble too
			}
			if f.json {
				err = printJSON(a.stdout, r)
			} else {
				err = a.printReplay(r)
			}
			if err == nil && !r.Identical {
				err = errDifferent
			}
			return err
		},
	}
	f.spec.add(c)
	f.add(c)
	return c
}

// replay runs a run again, over an empty cache, and compares.
func (a *app) replay(ctx context.Context, name string, f runFlags) (r *replayed, err error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	dir, file, m, err := a.recorded(f, name)
	if err != nil {
		return nil, err
	}
	before, err := record.ReadSignals(filepath.Join(dir, store.SignalsFile))
	if err != nil {
		return nil, fmt.Errorf("run %s has no results to compare with: %w", m.ID, err)
	}
	if err := os.MkdirAll(f.root, 0o777); err != nil {
		return nil, err
	}
	empty, err := os.MkdirTemp(f.root, ".replay-*")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(empty)) }()
	quiet := *a
	quiet.stdout = a.stderr // the comparison is what this command prints
	again, err := quiet.execute(ctx, file, f, empty, func(s *search.Search) (*store.Run, error) {
		return quiet.create(s, f, m.ID)
	})
	var failed failedCells
	if err != nil && !errors.As(err, &failed) {
		return nil, err
	}
	after, err := record.ReadSignals(filepath.Join(again.Dir, store.SignalsFile))
	if err != nil {
		return nil, err
	}
	r = &replayed{Run: dir, Replay: again.Dir, Signals: compare.Tables(before, after), Notes: reasons(m, again.Manifest)}
	r.Identical = r.Signals.Identical()
	return r, nil
}

// reasons are what may make the results of two runs of one spec differ.
func reasons(then, now store.Manifest) (notes []string) {
	for _, x := range []struct{ what, then, now string }{
		{"kernel", then.System.Kernel, now.System.Kernel},
		{"architecture", then.System.Arch, now.System.Arch},
		{"version", then.Module.Version, now.Module.Version},
		{"Go", then.Module.Go, now.Module.Go},
	} {
		if x.then != x.now {
			notes = append(notes, fmt.Sprintf("%s: %s then, %s now", x.what, x.then, x.now))
		}
	}
	if then.System.Kernel != f32.Kernel() {
		notes = append(notes, "SEDLAB_KERNEL="+then.System.Kernel+" asks for the kernel of then")
	}
	if then.Status != store.Done {
		notes = append(notes, fmt.Sprintf("the run was %s: %d of %d cells", then.Status, then.Cells.Done, then.Cells.Total))
	}
	return notes
}

func (a *app) printReplay(r *replayed) error {
	s := r.Signals
	fmt.Fprintf(a.stdout, "%s\nagain in %s: %d rows compared", r.Run, r.Replay, s.Rows)
	if s.OnlyA+s.OnlyB > 0 {
		fmt.Fprintf(a.stdout, ", %d there only, %d here only", s.OnlyA, s.OnlyB)
	}
	fmt.Fprint(a.stdout, "\n\n")
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	for _, c := range s.Columns {
		switch {
		case c.Identical:
			fmt.Fprintf(w, "%s\tidentical\n", c.Name)
		default:
			fmt.Fprintf(w, "%s\tdiffers in %d rows, most in cell %s, prior %s, signal %d: %v then, %v now\n",
				c.Name, c.Rows, c.Where.Cell, c.Where.Prior, c.Where.Signal, c.A, c.B)
		}
	}
	for _, note := range r.Notes {
		fmt.Fprintf(w, "note: %s\n", note)
	}
	return w.Flush()
}
