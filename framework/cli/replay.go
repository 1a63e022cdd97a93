package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"sedlab/framework/cache"
	"sedlab/framework/compare"
	"sedlab/framework/plan"
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
	if err := store.CheckTables(dir, m); err != nil {
		return nil, err
	}
	before, err := record.ReadSignals(filepath.Join(dir, store.SignalsFile))
	if err != nil {
		return nil, fmt.Errorf("run %s has no results to compare with: %w", m.ID, err)
	}
	if err := os.MkdirAll(f.root, 0o777); err != nil {
		return nil, err
	}
	sweepReplays(f.root)
	empty, err := os.MkdirTemp(f.root, replayPrefix+"*")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(empty)) }()
	quiet := *a
	quiet.stdout = a.stderr // the comparison is what this command prints
	again, err := quiet.execute(ctx, file, f, empty, start{open: func(s *search.Search) (*store.Run, error) {
		return quiet.create(s, f, empty, m.ID)
	}})
	var failed failedCells
	if err != nil && !errors.As(err, &failed) {
		return nil, err
	}
	after, err := record.ReadSignals(filepath.Join(again.Dir, store.SignalsFile))
	if err != nil {
		return nil, err
	}
	if err := asNamed(after, again.Dir, dir); err != nil {
		return nil, err
	}
	r = &replayed{Run: dir, Replay: again.Dir, Signals: compare.Tables(before, after), Notes: reasons(m, again.Manifest)}
	r.Identical = r.Signals.Identical()
	return r, nil
}

// asNamed gives rows the ids that their cells and priors have in another run of
// the same plan: an id is of all that determines a result, the kernel too.
func asNamed(rows []record.Signal, of, in string) error {
	var plans [2]plan.IDs
	for i, dir := range []string{of, in} {
		var err error
		if plans[i], err = plan.ReadIDs(filepath.Join(dir, store.PlanFile)); err != nil {
			return err
		}
	}
	names := plans[0].To(plans[1])
	for i := range rows {
		if cell, known := names[rows[i].CellID]; known {
			rows[i].CellID = cell
		}
		if prior, known := names[rows[i].PriorHash]; known {
			rows[i].PriorHash = prior
		}
	}
	return nil
}

// replayPrefix begins the names of the caches of replays.
const replayPrefix = ".replay-"

// sweepReplays removes the caches of replays that were killed. What cannot be
// removed harms nobody.
func sweepReplays(root string) {
	left, _ := filepath.Glob(filepath.Join(root, replayPrefix+"*")) // the pattern is good
	for _, dir := range left {
		if cache.Idle(dir) {
			_ = os.RemoveAll(dir)
		}
	}
}

// reasons are what may make the results of two runs of one spec differ.
func reasons(then, now store.Manifest) (notes []string) {
	for _, x := range []struct{ what, then, now string }{
		{"kernel", then.System.Kernel, now.System.Kernel},
		{"architecture", then.System.Arch, now.System.Arch},
		{"version", then.Module.Version, now.Module.Version},
		{"Go", then.Module.Go, now.Module.Go},
		{"build", fmt.Sprint(then.Module.Build), fmt.Sprint(now.Module.Build)},
		{"commit", then.Module.Revision, now.Module.Revision},
		{"data", fmt.Sprint(then.Datasets), fmt.Sprint(now.Datasets)},
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
		case s.Rows == 0: // nothing to say of columns
		case c.Identical:
			fmt.Fprintf(w, "%s\tidentical\n", c.Name)
		default:
			fmt.Fprintf(w, "%s\tdiffers in %d rows, by at most %s, in cell %s, prior %s, signal %d: %v then, %v now\n",
				c.Name, c.Rows, shortOr(c.Largest), c.Where.Cell, c.Where.Prior, c.Where.Signal, c.A, c.B)
		}
	}
	for _, note := range r.Notes {
		fmt.Fprintf(w, "note: %s\n", note)
	}
	return w.Flush()
}
