package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"sedlab/framework/store"
	"sedlab/internal/escape"
	"sedlab/internal/settings"
)

// listing is a list of runs with the columns that were asked for, or none for the usual
// ones.
type listing struct {
	runs    []store.Summary
	columns []store.Column
}

// MarshalJSON returns a list of objects, each with the columns of a run, or all that is
// known of it.
func (l *listing) MarshalJSON() ([]byte, error) {
	if len(l.columns) == 0 {
		return json.Marshal(l.runs)
	}
	rows := []settings.List{}
	for i := range l.runs {
		var row settings.List
		for _, c := range l.columns {
			row = append(row, settings.Setting{Key: c.Name, Value: c.Value(&l.runs[i])})
		}
		if problem := l.runs[i].Problem; problem != "" {
			row = append(row, settings.Setting{Key: "problem", Value: problem})
		}
		rows = append(rows, row)
	}
	return json.Marshal(rows)
}

func printRuns(out io.Writer, l *listing) {
	if len(l.columns) == 0 {
		printUsual(out, l.runs)
		return
	}
	table(out, func(w io.Writer) {
		if len(l.runs) == 0 {
			return
		}
		for _, c := range l.columns {
			fmt.Fprintf(w, "%s\t", c.Name)
		}
		fmt.Fprintln(w)
		for i := range l.runs {
			for _, c := range l.columns {
				fmt.Fprintf(w, "%s\t", cellOf(c.Value(&l.runs[i])))
			}
			fmt.Fprintln(w, problemOf(&l.runs[i]))
		}
	})
}

// cellOf returns a column's value on one line.
func cellOf(value any) string {
	switch v := value.(type) {
	case nil:
		return "-"
	case float64:
		return short(v)
	case string:
		return oneLine(v)
	case time.Time:
		return localTime(v)
	case store.Cells:
		return fmt.Sprintf("%d/%d", v.Done, v.Total)
	case []string:
		return strings.Join(v, " ")
	case []any:
		return folded(v)
	}
	return oneLine(settings.Text(value))
}

// oneLine returns the first line of a text, with what a terminal would act on escaped.
func oneLine(text string) string {
	line := firstLine(text)
	if line != text {
		line += " …"
	}
	return escape.Control(line, "")
}

// folded lists values, or the first and the last if there are many.
func folded(values []any) string {
	const most, first = 8, 3
	var texts []string
	for i, v := range values {
		if text, ok := v.(string); ok {
			texts = append(texts, oneLine(text))
		} else {
			texts = append(texts, settings.Text(v))
		}
		if n := len(values); n > most && i == first-1 {
			texts = append(texts, fmt.Sprintf("… %d more", n-first-1), settings.Text(values[n-1]))
			break
		}
	}
	return strings.Join(texts, ", ")
}

// printUsual lists runs with the columns that say what they are and found.
func printUsual(out io.Writer, list []store.Summary) {
	table(out, func(w io.Writer) {
		if len(list) == 0 {
			return
		}
		noted := slices.ContainsFunc(list, func(s store.Summary) bool { return s.Note != "" || s.ReplayOf != "" })
		fmt.Fprint(w, "id\tstatus\tstarted\ttook\tcells\tmse\ttags")
		if noted {
			fmt.Fprint(w, "\tnote")
		}
		fmt.Fprintln(w)
		for _, s := range list {
			if s.Status == store.Unreadable {
				fmt.Fprintf(w, "%s\t%s\t-\t-\t-\t-\t%s\n", s.ID, s.Status, problemOf(&s))
				continue
			}
			best := "-"
			if v, prior, ok := s.Best("mse"); ok {
				best = short(v) + " " + prior
			}
			last := joined(" ", strings.Join(s.Tags, " "), problemOf(&s))
			if note := remarkOf(&s); note != "" {
				last += "\t" + note
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
	case s.Status == store.Submitted: // a list does not look how far it is
		return fmt.Sprintf("-/%d", s.Cells.Total)
	case p == nil:
		return fmt.Sprintf("%d/%d", s.Cells.Done, s.Cells.Total)
	case p.Prior == "":
		return fmt.Sprintf("%d/%d", p.Done, p.Of)
	}
	return fmt.Sprintf("%d/%d (train %s: %d %%)", s.Cells.Done, s.Cells.Total, p.Prior, 100*p.Done/p.Of)
}

// problemOf returns in brackets what of a run cannot be read, or was edited.
func problemOf(s *store.Summary) string {
	if s.Problem == "" {
		return ""
	}
	return "(" + escape.Control(firstLine(s.Problem), "") + ")"
}

// remarkOf says which run a run repeats, and what was noted about it.
func remarkOf(s *store.Summary) string {
	repeats := ""
	if s.ReplayOf != "" {
		repeats = "replay of " + s.ReplayOf
	}
	return joined(": ", repeats, oneLine(s.Note))
}

// joined joins the texts that are not empty.
func joined(separator string, texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(text string) bool { return text == "" }), separator)
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
