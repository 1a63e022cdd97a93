package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"sedlab/framework/app"
)

// runFlags are the flags of every command that runs a spec.
type runFlags struct {
	app.SpecRef
	app.RunOptions
}

// maxWorkers is the most goroutines that may be asked for; each takes memory.
const maxWorkers = 4096

// running makes c a command that runs a spec and shows the progress.
func (t *terminal) running(c *cobra.Command, do func(ctx context.Context, name string, f runFlags) error) *cobra.Command {
	var f runFlags
	t.specFlags(c, &f.SpecRef)
	c.Flags().IntVar(&f.Workers, "workers", runtime.GOMAXPROCS(0), "number of goroutines that compute; results do not depend on it")
	t.runsFlag(c)
	t.cacheFlag(c)
	t.memoryFlag(c)
	c.Flags().DurationVar(&f.Checkpoint, "checkpoint", 30*time.Second, "least `time` between two saved states of a training")
	t.jsonFlag(c)
	c.Flags().BoolVar(&f.PDF, "pdf", false, "draw figures as PDF too")
	c.RunE = func(c *cobra.Command, args []string) error {
		if f.Workers < 1 || f.Workers > maxWorkers {
			return usageError{fmt.Errorf("--workers %d: must be in [1, %d]", f.Workers, maxWorkers)}
		}
		f.Command, f.Events = t.args, t.progress
		return do(c.Context(), args[0], f)
	}
	return c
}

// noting makes c a command that runs a spec in a new folder, with a note if one is given.
func (t *terminal) noting(c *cobra.Command, do func(ctx context.Context, name string, f runFlags) error) *cobra.Command {
	var note string
	t.running(c, func(ctx context.Context, name string, f runFlags) error {
		f.Note = note
		return do(ctx, name, f)
	})
	c.Flags().StringVarP(&note, "note", "m", "", "note a `text` about the run; runs note changes it later")
	return c
}

func (t *terminal) runCommand() *cobra.Command {
	return t.noting(&cobra.Command{
		Use:   "run SPEC",
		Short: "Run a spec: a file, or the name of a shipped experiment",
		Long: "Run trains the priors of a spec, reconstructs the signals of every cell, and writes tables, figures and\n" +
			"report.md to a new folder. SPEC is a file, or the name of a shipped experiment such as quickstart.\n" +
			"Trained priors and finished cells in the cache, from this run or any other, are not computed again.",
		Example: "  sedlab run quickstart\n  sedlab run paper/figure2a --set priors.glo.train.epochs=200 --workers 2",
	}, func(ctx context.Context, name string, f runFlags) error {
		f.Name = name
		r, err := t.app.Run(ctx, f.SpecRef, f.RunOptions)
		return errors.Join(err, t.ended(r, t.stdout))
	})
}

// moved explains --set in the help of resume and replay.
const moved = runNames + "\nWhere the data have moved, say where they are with --set dataset.path=FILE."

func (t *terminal) resumeCommand() *cobra.Command {
	var on clusterFlags
	c := t.running(&cobra.Command{
		Use:   "resume RUN",
		Short: "Finish a run that was interrupted or killed, or has failed cells",
		Long: "Resume continues a run in its own folder. Finished cells and trained priors come from the cache, and a training\n" +
			"continues from its last saved state. The results are those of an undisturbed run. With --slurm or --kubernetes\n" +
			"a cluster does what is missing, with the settings of the last submission unless others are given.\n" + moved,
	}, func(ctx context.Context, name string, f runFlags) error {
		if on.on() {
			s, err := t.resumeOn(ctx, name, on)
			if s != nil {
				err = errors.Join(err, show(t, t.stdout, s, printSubmitted))
			}
			return err
		}
		if err := t.unqueued(ctx, name); err != nil {
			return err
		}
		r, err := t.app.Resume(ctx, name, f.Edits, f.RunOptions)
		return errors.Join(err, t.ended(r, t.stdout))
	})
	on.add(c, "kernel", "calibrate_time") // that of the run is fixed
	return c
}

// ended prints where the results of a run are, and what they say.
func (t *terminal) ended(r *app.RunResult, out io.Writer) error {
	t.progress.close()
	if r == nil || r.Report == nil {
		return nil
	}
	t.noteFigures(r.Report)
	return show(t, out, r, printRun)
}

func printRun(out io.Writer, r *app.RunResult) {
	took := time.Duration(r.Seconds * float64(time.Second)).Round(100 * time.Millisecond)
	fmt.Fprintf(out, "%s: %s, %d of %d cells in %s", r.Name, r.Status, r.Cells.Done, r.Cells.Total, took)
	if r.Cells.Cached > 0 {
		fmt.Fprintf(out, ", %d from the cache", r.Cells.Cached)
	}
	fmt.Fprintln(out)
	for _, c := range r.Report.Verdicts() {
		if c.Verdict != app.NotTested {
			fmt.Fprintf(out, "  %s %s: %s\n", c.Who(), c.Verdict, c.Claim)
		}
	}
	if len(r.Report.Best) > 0 {
		b := r.Report.Best[0]
		fmt.Fprintf(out, "  best by %s: %s: %.3g over %d reconstructions\n", b.By, b, b.Score, b.Rows)
	}
	printReport(out, r.Report)
}

// errDifferent is the error of a comparison that finds different results.
var errDifferent = errors.New("the results differ")

func (t *terminal) replayCommand() *cobra.Command {
	return t.noting(&cobra.Command{
		Use:   "replay RUN",
		Short: "Repeat a run from what it recorded, and compare the results bit for bit",
		Long: "Replay computes everything again, past the cache, into a run folder of its own, and compares signals.parquet row\n" +
			"by row. The exit code is 0 if all results are the same, 1 if some differ, 2 if they could not be compared.\n" + moved,
	}, func(ctx context.Context, name string, f runFlags) error {
		r, err := t.app.Replay(ctx, name, f.Edits, f.RunOptions)
		switch {
		case errors.Is(err, context.Canceled):
			return err
		case err != nil:
			return usageError{err} // exit code 2, as diff(1) has for trouble
		}
		if err = t.ended(r.Again, t.stderr); err == nil { // standard output is for the comparison
			err = show(t, t.stdout, r, printReplay)
		}
		if err == nil && !r.Identical {
			err = errDifferent
		}
		return err
	})
}

func printReplay(out io.Writer, r *app.Replayed) {
	s := r.Signals
	fmt.Fprintf(out, "%s\nagain in %s: %d rows compared", r.Run, r.Replay, s.Rows)
	if s.OnlyA+s.OnlyB > 0 {
		fmt.Fprintf(out, ", %d only in the run, %d only in its repetition", s.OnlyA, s.OnlyB)
	}
	fmt.Fprint(out, "\n\n")
	table(out, func(w io.Writer) {
		for _, c := range s.Columns {
			switch {
			case s.Rows == 0: // no columns to compare
			case c.Identical:
				fmt.Fprintf(w, "%s\tidentical\n", c.Name)
			default:
				fmt.Fprintf(w, "%s\tdiffers in %d rows, by at most %s, in cell %s, prior %s, signal %d: %v then, %v now\n",
					c.Name, c.Rows, orDash(c.Largest, short), c.Where.Cell, c.Where.Prior, c.Where.Signal, c.A, c.B)
			}
		}
		for _, note := range r.Notes {
			fmt.Fprintf(w, "note: %s\n", note)
		}
	})
}
