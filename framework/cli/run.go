package cli

import (
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

func (t *terminal) runFlags(c *cobra.Command, f *runFlags) {
	specFlags(c, &f.SpecRef)
	c.Flags().IntVar(&f.Workers, "workers", runtime.GOMAXPROCS(0), "goroutines that compute; changes no result")
	t.runsFlag(c)
	t.cacheFlag(c)
	c.Flags().DurationVar(&f.Checkpoint, "checkpoint", 30*time.Second, "least `time` between two saved states of a training")
	t.jsonFlag(c)
	c.Flags().BoolVar(&f.PDF, "pdf", false, "draw figures as PDF too")
}

// running calls do with the flags of a run, checked, and shows the run's progress.
func (t *terminal) running(f *runFlags, do func(app.RunOptions) error) error {
	if f.Workers < 1 {
		return usageError{fmt.Errorf("--workers %d: must be at least 1", f.Workers)}
	}
	bars := newBars(t.stderr)
	defer bars.close()
	f.Command, f.Events = t.args, bars
	return do(f.RunOptions)
}

func (t *terminal) runCommand() *cobra.Command {
	var f runFlags
	c := &cobra.Command{
		Use:   "run SPEC",
		Short: "Run a spec: a file, or the name of a shipped experiment",
		Long: "Run trains the priors of a spec, reconstructs the signals of every cell, and writes tables, figures and\n" +
			"report.md to a new folder. SPEC is a file, or the name of a shipped experiment such as quickstart.\n" +
			"What the cache has is not computed again: trained priors and finished cells, of this run or any other.",
		Example: "  sedlab run quickstart\n  sedlab run paper/figure2a --set priors.glo.train.epochs=200 --workers 2",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			f.Name = args[0]
			return t.running(&f, func(o app.RunOptions) error {
				r, err := t.app.Run(c.Context(), f.SpecRef, o)
				return t.ended(r, err, t.stdout)
			})
		},
	}
	t.runFlags(c, &f)
	return c
}

func (t *terminal) resumeCommand() *cobra.Command {
	var f runFlags
	c := &cobra.Command{
		Use:   "resume RUN",
		Short: "Finish a run that was interrupted or killed, or has failed cells",
		Long: "Resume goes on with a run in its own folder: finished cells and trained priors come from the cache, a training\n" +
			"goes on from its last saved state. The results are those of a run that nothing disturbed.\n" + runNames + "\n" +
			"Where the data have moved, say where they are with --set dataset.path=FILE.",
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			return t.running(&f, func(o app.RunOptions) error {
				r, err := t.app.Resume(c.Context(), args[0], f.Edits, o)
				return t.ended(r, err, t.stdout)
			})
		},
	}
	t.runFlags(c, &f)
	return c
}

// ended prints where the results of a run are and what they say, if it has any. Its
// error joins err.
func (t *terminal) ended(r *app.RunResult, err error, out io.Writer) error {
	if r == nil || r.Report == nil {
		return err
	}
	for _, skipped := range r.Report.Skipped {
		t.note(skipped)
	}
	if t.json {
		return errors.Join(err, printJSON(out, r))
	}
	took := time.Duration(r.Seconds * float64(time.Second)).Round(100 * time.Millisecond)
	fmt.Fprintf(out, "%s: %s, %d of %d cells in %s", r.Name, r.Status, r.Cells.Done, r.Cells.Total, took)
	if r.Cells.Cached > 0 {
		fmt.Fprintf(out, ", %d from the cache", r.Cells.Cached)
	}
	fmt.Fprintln(out)
	for _, c := range r.Report.Claims {
		if c.Verdict != app.NotTested {
			fmt.Fprintf(out, "  %s %s: %s\n", c.Prior, c.Verdict, c.Claim)
		}
	}
	if len(r.Report.Best) > 0 {
		b := r.Report.Best[0]
		fmt.Fprintf(out, "  best by %s: %s: %.3g over %d reconstructions\n", b.By, b, b.Score, b.Rows)
	}
	return errors.Join(err, printReport(out, r.Report))
}
