package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"sedlab/framework/app"
	"sedlab/internal/escape"
)

// watchFlags are the flags of sedlab runs watch.
type watchFlags struct {
	once     bool
	interval time.Duration
}

func (t *terminal) runsWatchCommand() *cobra.Command {
	var f watchFlags
	c := &cobra.Command{
		Use:   "watch",
		Short: "Watch the runs in progress: how far they are, how fast, and the time left",
		Long: "Watch shows the runs in progress, also those of other processes and machines, and those that ended within the last\n" +
			"hour. Of the newest runs that were submitted to a cluster it shows what is done and how many processes work on\n" +
			"them. In a terminal it redraws all that every second, until Ctrl-C. Elsewhere, or with --json, it prints every 30 s a\n" +
			"line for each run in progress, or one line of JSON for all of them, and ends when nothing runs any more. The time left\n" +
			"is that of the current training or, once cells are being solved, of the run.",
		Example: "  sedlab runs watch\n  sedlab runs watch --once\n  sedlab runs watch --json --interval 10s >> progress.jsonl",
		RunE: func(c *cobra.Command, _ []string) error {
			if c.Flags().Changed("interval") && f.interval < 100*time.Millisecond {
				return usageError{fmt.Errorf("--interval %v: must be at least 100ms", f.interval)}
			}
			return t.watch(c.Context(), f)
		},
	}
	c.Flags().BoolVar(&f.once, "once", false, "show what runs now, once, and end")
	c.Flags().DurationVar(&f.interval, "interval", 0, "the `time` between looks (default 1s in a terminal, 30s elsewhere)")
	c.Flags().BoolVar(&t.json, "json", false, "print a line of JSON for each look")
	return c
}

// watch shows what runs. An interrupt is how it ends on a terminal, and no error.
func (t *terminal) watch(ctx context.Context, f watchFlags) error {
	w := t.app.Watcher()
	s := screenOf(t.stdout)
	switch {
	case f.once:
		return t.printActivity(w)
	case s == nil || t.json:
		return t.watchLines(ctx, w, orDefault(f.interval, 30*time.Second))
	}
	return s.watch(ctx, w, orDefault(f.interval, time.Second))
}

func orDefault(d, otherwise time.Duration) time.Duration {
	if d == 0 {
		return otherwise
	}
	return d
}

// printActivity prints what runs now.
func (t *terminal) printActivity(w *app.Watcher) error {
	a, err := w.Look(time.Now())
	if err != nil {
		return err
	}
	if t.json {
		return printJSONLine(t.stdout, a)
	}
	printLines(t.stdout, activityLines(a))
	return nil
}

// watchLines prints lines until nothing runs.
func (t *terminal) watchLines(ctx context.Context, w *app.Watcher, interval time.Duration) error {
	for {
		a, err := w.Look(time.Now())
		switch {
		case err != nil:
			return err
		case t.json:
			err = printJSONLine(t.stdout, a)
		case resting(a):
			printLines(t.stdout, activityLines(a))
		default:
			for _, r := range a.Running {
				fmt.Fprintf(t.stdout, "%s %s: %s\n", a.Time.Local().Format(time.TimeOnly), r.ID, doing(r))
			}
			for _, r := range a.Submitted {
				fmt.Fprintf(t.stdout, "%s %s: %s\n", a.Time.Local().Format(time.TimeOnly), escape.Control(r.ID, ""), working(r))
			}
		}
		if err != nil || resting(a) || !pause(ctx, interval) {
			return err
		}
	}
}

// resting reports whether no process works on any run.
func resting(a *app.Activity) bool {
	return len(a.Running) == 0 && !slices.ContainsFunc(a.Submitted, func(r app.AtWork) bool { return r.Processes > 0 })
}

// working says how far a submitted run is.
func working(r app.AtWork) string {
	if r.Problem != "" {
		return "submitted; " + escape.Control(firstLine(r.Problem), "")
	}
	text := fmt.Sprintf("submitted, %d of %s, %d of %s", r.Trainings.Done, plural(r.Trainings.Total, "training"), r.Cells.Done, plural(r.Cells.Total, "cell"))
	if r.Failed > 0 {
		text += fmt.Sprintf(", %d failed", r.Failed)
	}
	return fmt.Sprintf("%s, %d at work", text, r.Processes)
}

// pause waits, and reports whether ctx did not end meanwhile.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

// activityLines shows what runs, a line for each run, and what has ended.
func activityLines(a *app.Activity) (lines []string) {
	var out strings.Builder
	table(&out, func(w io.Writer) {
		if resting(a) {
			fmt.Fprintln(w, "nothing runs")
		} else if len(a.Running) > 0 {
			fmt.Fprintln(w, "run\tdoes\tdone\tleft\tloss\tspeed\truns for")
		}
		for _, r := range a.Running {
			fmt.Fprintf(w, "%s\t%s\t%s\n", escape.Control(r.ID, ""), strings.Join(stepOf(r), "\t"), span(r.Seconds))
		}
	})
	if len(a.Submitted) > 0 {
		table(&out, func(w io.Writer) {
			fmt.Fprintln(w, "\nsubmitted\ttrainings\tcells\tfailed\tprocesses at work")
			for _, r := range a.Submitted {
				fmt.Fprintf(w, "%s\t%d/%d\t%d/%d\t%d\t%d\t%s\n", escape.Control(r.ID, ""), r.Trainings.Done, r.Trainings.Total,
					r.Cells.Done, r.Cells.Total, r.Failed, r.Processes, escape.Control(firstLine(r.Problem), ""))
			}
		})
	}
	if len(a.Ended) > 0 {
		table(&out, func(w io.Writer) {
			fmt.Fprintln(w, "\nended\tstatus\tat\ttook")
			for _, r := range a.Ended {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", escape.Control(r.ID, ""), r.Status, r.Ended.Local().Format(time.TimeOnly),
					tookOf(r), escape.Control(firstLine(r.Error), ""))
			}
		})
	}
	return strings.Split(strings.TrimRight(out.String(), "\n"), "\n")
}

func tookOf(r app.Ended) string {
	if r.Seconds <= 0 {
		return "-"
	}
	return span(r.Seconds)
}

// stepOf returns what a run does, how far it is, the time left, its loss and its speed.
func stepOf(r app.Active) []string {
	p := r.Progress
	if p == nil {
		return []string{"begins", "-", "-", "-", "-"}
	}
	does, unit, loss := "reconstruct", "cells", "-"
	if p.Prior != "" {
		does, unit, loss = "train "+escape.Control(p.Prior, ""), "epochs", fmt.Sprintf("%.3g", p.Loss)
	}
	speed, left := "-", "-"
	if r.Speed > 0 {
		speed = rate(r.Speed, unit)
	}
	if r.Left > 0 {
		left = span(r.Left)
	}
	return []string{does, fmt.Sprintf("%d/%d %s (%d %%)", p.Done, p.Of, unit, 100*p.Done/p.Of), left, loss, speed}
}

// rate writes a speed per second or, if it is slow, per minute or hour.
func rate(perSecond float64, unit string) string {
	for _, per := range []struct {
		name    string
		seconds float64
	}{{"s", 1}, {"min", 60}, {"h", 3600}} {
		if v := perSecond * per.seconds; v >= 1 || per.name == "h" {
			return fmt.Sprintf("%.3g %s/%s", v, unit, per.name)
		}
	}
	return ""
}

// doing says in words what a run does.
func doing(r app.Active) string {
	text := "begins"
	if p := r.Progress; p != nil {
		text = p.String()
	}
	if r.Speed > 0 {
		unit := "cells"
		if r.Progress.Prior != "" {
			unit = "epochs"
		}
		text += ", " + rate(r.Speed, unit)
	}
	return text
}

// screen is a terminal that is redrawn again and again.
type screen struct{ f *os.File }

// screenOf returns the screen that a writer leads to, or nil.
func screenOf(w io.Writer) *screen {
	p, _ := w.(plain)
	f, _ := p.w.(*os.File)
	if f == nil || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	return &screen{f}
}

// watch draws what runs until ctx ends. It uses the terminal's second screen, so that what
// was on the first comes back, and leaves there what it showed last.
func (s *screen) watch(ctx context.Context, w *app.Watcher, interval time.Duration) (err error) {
	const enter, leave = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"
	if _, err := io.WriteString(s.f, enter); err != nil {
		return err
	}
	var last []string
	defer func() {
		_, ended := io.WriteString(s.f, leave+strings.Join(append(last, ""), "\n"))
		if err == nil {
			err = ended
		}
	}()
	for {
		a, err := w.Look(time.Now())
		if err != nil {
			return err
		}
		last = activityLines(a)
		width, height, err := term.GetSize(int(s.f.Fd()))
		if err != nil {
			width, height = 80, 24
		}
		if _, err := io.WriteString(s.f, frame(last, width, height, a.Time)); err != nil {
			return err
		}
		if !pause(ctx, interval) {
			return nil
		}
	}
}

// frame returns what draws lines on a screen of a size: each line is cut to the width, and the
// rest of the screen is cleared.
func frame(lines []string, width, height int, now time.Time) string {
	lines = append([]string{program + " runs watch  " + now.Local().Format(time.TimeOnly) + "  Ctrl-C ends it", ""}, lines...)
	if height > 1 && len(lines) > height-1 {
		lines = append(lines[:height-2:height-2], "…")
	}
	var out strings.Builder
	out.WriteString("\x1b[H")
	for _, line := range lines {
		out.WriteString(cut(line, max(width, 2)) + "\x1b[K\r\n")
	}
	return out.String() + "\x1b[J"
}
