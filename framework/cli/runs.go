package cli

import (
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"sedlab/framework/store"
)

func (a *app) runsCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "runs", Short: "What has been run: list, show, compare, tag, remove",
		Args: cobra.ArbitraryArgs, RunE: unknownCommand,
	}
	c.AddCommand(a.runsListCommand(), a.runsShowCommand(), a.runsDiffCommand(), a.runsTagCommand(), a.runsRemoveCommand())
	return c
}

// runNames explains RUN in a command's help.
const runNames = "RUN is a folder, an id or its beginning, or latest."

// localTime writes a time as a person reads it, or a dash for none.
func localTime(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Local().Format("2006-01-02 15:04")
}

// duration returns how long a run took; so far, if it goes on.
func duration(status store.Status, started time.Time, seconds float64) string {
	switch {
	case seconds > 0:
		return span(seconds)
	case status == store.Running:
		return span(time.Since(started).Seconds()) + "+"
	}
	return "-"
}

// short writes a number to as many digits as a table needs.
func short(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) }

// shortOr writes a number, or a dash for none.
func shortOr(v *float64) string {
	if v == nil {
		return "-"
	}
	return short(*v)
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
