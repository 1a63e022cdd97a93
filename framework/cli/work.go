package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"sedlab/framework/app"
	"sedlab/framework/cache"
)

// workGrace is the patience with work that is sent SIGTERM: trainings save their states. Batch
// systems wait for a minute, of which some is left to end other processes. Tests shorten it.
var workGrace = 50 * time.Second

// workFlags are the flags of work as they are given.
type workFlags struct {
	app.WorkOptions
	stage, part, steps, until, tried string
	rung                             int
	complete                         bool
	unfinished                       int
}

func (t *terminal) workCommand() *cobra.Command {
	var f workFlags
	c := &cobra.Command{
		Use:   "work RUN",
		Short: "Do a share of the work of a run that was submitted, or of any other",
		Long: fmt.Sprintf("Work does steps of a run's plan, trainings and cells, into the cache and exits. Any number of processes on any\n"+
			"number of machines that share the folders can do so at once: each takes what no other works on, also what one that\n"+
			"died has left. Into the run's folder it writes only a record of what it did, in work/. At a time limit, or when it is\n"+
			"sent SIGTERM, it saves the state of its work and exits with the code of --unfinished, by default 0. If it has not ended\n"+
			"50 s after SIGTERM, it exits with that code, too, or with %[2]d if it is 0.\n\n"+
			"Exit codes: 0 done, or left to others or to a later time; 1 a step failed, and would fail again; 2 usage; 3 input\n"+
			"data; %[1]d this machine cannot do the steps, but others may; %[2]d nothing is wrong with the steps, but they cannot be\n"+
			"done now; %[3]d interrupted.\n\n", exitUnfit, exitLater, exitInterrupted) + runNames,
		Example: "  sedlab work latest --workers 4\n  sedlab work latest --stage cells --part 3/16 --until 50m\n  sedlab work latest --stage gather",
	}
	flags := c.Flags()
	flags.StringVar(&f.stage, "stage", string(app.StageAll), "what to do: trainings, cells, all (both), or gather, which writes tables, figures and report from what is done")
	flags.StringVar(&f.part, "part", "", "do the part `i/n` of the work, with i from 0 to n - 1")
	flags.StringVar(&f.steps, "steps", "", "do the steps that a `file` names, by their keys or ids, one per line")
	flags.IntVar(&f.rung, "rung", -1, "of successive halving, work on this rung only, counted from 0")
	flags.StringVar(&f.until, "until", "", "stop after a `time` such as 50m, or at one such as 2026-01-31T18:00:00Z")
	flags.BoolVar(&f.Trained, "trained", false, fmt.Sprintf("nobody trains any more: where priors are not trained, exit with 1 instead of %d", exitLater))
	flags.BoolVar(&f.complete, "complete", false, fmt.Sprintf("with --stage gather, write nothing and exit with %d until all cells are done, or have failed", exitLater))
	flags.StringVar(&f.Submission, "submission", "", "a `name` that several calls share: only what has failed under it counts as failed for good (default: what has failed in any call)")
	flags.StringVar(&f.tried, "tried", "", "for `n/m`, n of at most m processes for this share have ended without a word; once n is m, only record that its steps have failed")
	flags.IntVar(&f.unfinished, "unfinished", exitOK, "exit `code` if SIGTERM or the time limit ends the work; engines that are to start it again need one other than 0")
	flags.DurationVar(&t.app.Lease, "lease", cache.Lease, "`time` after which others take over the work of a process that shows no sign of life")
	flags.DurationVar(&f.Checkpoint, "checkpoint", 30*time.Second, "least `time` between two saved states of a training")
	flags.IntVar(&f.Workers, "workers", runtime.GOMAXPROCS(0), "number of goroutines that compute; results do not depend on it")
	t.runsFlag(c)
	t.cacheFlag(c)
	t.memoryFlag(c)
	t.jsonFlag(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		t.terminated.Store(&patience{workGrace, cmp.Or(f.unfinished, exitLater)})
		f.Command, f.Events = t.args, t.progress
		if err := f.parse(t, time.Now()); errors.As(err, new(*app.LaterError)) {
			return err
		} else if err != nil {
			return usageError{err}
		}
		return t.work(c.Context(), args[0], f)
	}
	return c
}

// parse reads the flags that are texts.
func (f *workFlags) parse(t *terminal, now time.Time) (err error) {
	if f.Workers < 1 || f.Workers > maxWorkers {
		return fmt.Errorf("--workers %d: must be in [1, %d]", f.Workers, maxWorkers)
	}
	if t.app.Lease < app.LeastLease {
		return fmt.Errorf("--lease %v: must be at least %v", t.app.Lease, app.LeastLease)
	}
	switch f.Stage = app.Stage(f.stage); f.Stage {
	case app.StageAll, app.StageTrainings, app.StageCells, app.StageGather:
	default:
		return fmt.Errorf("--stage %s: must be trainings, cells, all or gather", f.stage)
	}
	if f.rung >= 0 {
		f.Rung = &f.rung
	}
	if f.part != "" && f.steps != "" {
		return errors.New("--part and --steps: only one of them can say what to do")
	}
	if f.part != "" {
		if f.Part, f.Parts, err = app.ParsePart(f.part); err != nil {
			return err
		}
	}
	if f.steps != "" {
		if f.Steps, err = app.ReadSteps(f.steps); err != nil {
			return err
		}
	}
	if f.tried != "" {
		var n, most uint
		if _, err := fmt.Sscanf(f.tried, "%d/%d", &n, &most); err != nil || f.tried != fmt.Sprintf("%d/%d", n, most) {
			return fmt.Errorf("--tried %s: must be n/m, such as 0/4", f.tried)
		}
		f.GivenUp = n >= most
	}
	f.Until, err = parseUntil(f.until, now)
	return err
}

// parseUntil reads a time, or a duration from now on. It returns the zero time for "".
func parseUntil(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if d, err := time.ParseDuration(text); err == nil {
		return now.Add(d), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, fmt.Errorf("--until %s: must be a duration such as 50m, or a time such as 2026-01-31T18:00:00Z", text)
	}
	return at, nil
}

// leastHeap [bytes] is what the garbage collector takes a smaller heap for, so that many
// processes that each plan a large run do not collect again and again. Nothing is written
// there, so it takes no memory itself.
const leastHeap = 64 << 20

func (t *terminal) work(ctx context.Context, run string, f workFlags) error {
	if f.Stage == app.StageGather {
		return t.gather(ctx, run, f)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(min(f.Workers, runtime.GOMAXPROCS(0)))) // for all that it does
	ballast := make([]byte, leastHeap)
	r, err := t.app.Work(ctx, run, f.WorkOptions)
	runtime.KeepAlive(ballast)
	t.progress.close()
	if r == nil {
		return err
	}
	stopped := new(app.StoppedError)
	over := !f.Until.IsZero() && !r.Ended.Before(f.Until) && len(r.Left) > 0 // also if a step has failed
	late := over || r.Reason == app.ErrTimeLimit.Error() || errors.As(err, &stopped) && stopped.Cause == (signalError{syscall.SIGTERM})
	err = errors.Join(err, show(t, t.stdout, r, printWork))
	if late && f.unfinished != exitOK {
		return exit(f.unfinished)
	}
	return err
}

// gather writes the tables of a run, if f.complete says so only when they will be complete.
func (t *terminal) gather(ctx context.Context, run string, f workFlags) (err error) {
	ready := true
	if f.complete {
		if ready, err = t.app.Complete(ctx, run, f.Submission); !ready && err == nil {
			err = &app.LaterError{Err: errors.New("not all cells are done, or have failed, yet")}
		}
	}
	if ready && err == nil {
		var r *app.RunResult
		r, err = t.app.Gather(ctx, run, app.RunOptions{Command: f.Command, Events: f.Events})
		err = errors.Join(err, t.ended(r, t.stdout))
	}
	if errors.Is(err, context.Canceled) && context.Cause(ctx) == (signalError{syscall.SIGTERM}) && f.unfinished != exitOK {
		return exit(f.unfinished)
	}
	return err
}

func printWork(out io.Writer, r *app.WorkResult) {
	fmt.Fprintf(out, "%s: %s: %s done, %d failed, in %s\n", r.Dir, r.Share, plural(len(r.Done), "step"), len(r.Failed), span(r.Ended.Sub(r.Started).Seconds()))
	if r.Reason == app.ErrTimeLimit.Error() || len(r.Left) > 0 {
		fmt.Fprintln(out, "not finished:", strings.Join(append([]string{r.Reason}, r.Reasons()...), "; "))
	}
}
