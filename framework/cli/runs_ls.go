package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sedlab/framework/app"
	"sedlab/framework/store"
	"sedlab/internal/yamlpos"
)

// listFlags holds the flags of sedlab runs ls, some still as text.
type listFlags struct {
	app.ListOptions
	since         string
	status, where []string
}

func (t *terminal) runsListCommand() *cobra.Command {
	var f listFlags
	c := answering(t, &cobra.Command{
		Use:   "ls",
		Short: "List runs, the newest first",
		Long: "Ls lists the runs of a folder. --where compares any key of the spec, as in spec.yaml of a run. A swept key has all\n" +
			"values that the sweep gives it, and one that fits is enough (for != none may be equal). Runs without the key are\n" +
			"left out. The column mse has the median of the best prior, over all its rows.",
		Example: "  sedlab runs ls --where priors.glo.code_dim=50 --where 'problem.missing_fraction>=0.5' --sort mse.glo\n" +
			"  sedlab runs ls --name 'figure2*' --status done --since 7d",
	}, func(context.Context, []string) ([]store.Summary, error) {
		if err := f.parse(); err != nil {
			return nil, usageError{err}
		}
		list, err := t.app.List(f.ListOptions)
		if err == nil && len(list) == 0 && !t.json {
			fmt.Fprintf(t.stderr, "%s: no such runs in %s\n", program, t.app.Runs)
		}
		return list, err
	}, printRuns)
	c.Flags().StringVar(&f.Name, "name", "", "only runs whose name or id matches a shell `pattern`")
	c.Flags().StringSliceVar(&f.status, "status", nil, "only runs of a `status`: "+strings.Join(statusNames(), ", "))
	c.Flags().StringSliceVar(&f.Tags, "tag", nil, "only runs with a `tag`; may be repeated")
	c.Flags().StringVar(&f.since, "since", "", "only runs that began since a `date`, or since an age such as 7d")
	c.Flags().StringArrayVar(&f.where, "where", nil, "only runs whose spec fits `key=value`; also != < <= > >=; may be repeated")
	c.Flags().StringVar(&f.Sort, "sort", "started", "sort by started, name, seconds, or a median: "+
		strings.Join(t.app.Metrics(), ", ")+", of the best prior or, as mse.glo, of one")
	c.Flags().BoolVar(&f.Reverse, "reverse", false, "reverse the order")
	c.Flags().IntVar(&f.Limit, "limit", 0, "list at most `n` runs; 0 for all")
	return c
}

func statusNames() (names []string) {
	for _, s := range store.Statuses {
		names = append(names, string(s))
	}
	return names
}

// parse converts the flags that are text.
func (f *listFlags) parse() (err error) {
	for _, s := range f.status {
		if names := statusNames(); !slices.Contains(names, s) {
			return fmt.Errorf("--status %q: %s", s, yamlpos.Instead(s, names))
		}
		f.Status = append(f.Status, store.Status(s))
	}
	if f.since != "" {
		if f.Since, err = parseSince(f.since, time.Now()); err != nil {
			return fmt.Errorf("--since %w", err)
		}
	}
	if f.Limit < 0 {
		return fmt.Errorf("--limit %d: must not be negative", f.Limit)
	}
	for _, text := range f.where {
		c, err := store.ParseCondition(text)
		if err != nil {
			return fmt.Errorf("--where: %w", err)
		}
		f.Where = append(f.Where, c)
	}
	return nil
}

// parseSince reads a date, a time, or an age such as 7d before now.
func parseSince(text string, now time.Time) (time.Time, error) {
	for _, layout := range []string{"2006-01-02", "2006-01-02 15:04", "2006-01-02T15:04:05", time.RFC3339} {
		if t, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			return t, nil
		}
	}
	age, err := parseAge(text)
	if err != nil {
		return time.Time{}, fmt.Errorf("%s: must be a date such as 2026-11-01, or an age such as 7d or 12h", text)
	}
	return now.Add(-age), nil
}

func printRuns(out io.Writer, list []store.Summary) {
	table(out, func(w io.Writer) {
		if len(list) > 0 {
			fmt.Fprintln(w, "id\tstatus\tstarted\ttook\tcells\tmse\ttags")
		}
		for _, s := range list {
			if s.Status == store.Unreadable {
				fmt.Fprintf(w, "%s\t%s\t-\t-\t-\t-\t(%s)\n", s.ID, s.Status, firstLine(s.Problem))
				continue
			}
			best, last := "-", strings.Join(s.Tags, " ")
			if v, prior, ok := s.Best("mse"); ok {
				best = short(v) + " " + prior
			}
			if s.Problem != "" {
				last = strings.TrimSpace(fmt.Sprintf("%s (%s)", last, firstLine(s.Problem)))
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", s.ID, s.Status, localTime(s.Started),
				duration(s.Status, s.Started, s.Seconds), cells(s), best, last)
		}
	})
}

// cells returns how many of a run's cells are done, or how far its training is.
func cells(s store.Summary) string {
	p := s.Progress
	switch {
	case p == nil:
		return fmt.Sprintf("%d/%d", s.Cells.Done, s.Cells.Total)
	case p.Prior == "":
		return fmt.Sprintf("%d/%d", p.Done, p.Of)
	}
	return fmt.Sprintf("%d/%d (train %s: %d %%)", s.Cells.Done, s.Cells.Total, p.Prior, 100*p.Done/p.Of)
}

// duration returns how long a run took or, if it is still running, has taken so far.
func duration(status store.Status, started time.Time, seconds float64) string {
	switch {
	case seconds > 0:
		return span(seconds)
	case status == store.Running:
		return span(time.Since(started).Seconds()) + "+"
	}
	return "-"
}
