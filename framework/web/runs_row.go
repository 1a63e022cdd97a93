package web

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"sedlab/framework/app"
	"sedlab/framework/store"
	"sedlab/internal/escape"
	"sedlab/internal/settings"
)

// row is a run of the table.
type row struct {
	ID, Path string
	Name     string // the id, as it is shown
	Remark   string // the question, or the run that is repeated
	Search   bool   // it searches for the best setting
	Problem  string // what of the run cannot be read
	Status   store.Status
	Cells    []cell
}

// cell is a run's value in a column.
type cell struct {
	Title string // of the column
	Kind  string // text, number, status, time, claims, training, tags or note: how it is shown
	Text  string
	Small string // a further text that matters less
	Time  time.Time
	Bar   *store.Progress
	Parts []part
	Spark *spark
	Edit  *edit
}

// part is a piece of a cell with a class of its own.
type part struct{ Text, Class string }

// edit is the form of a run's tags or note.
type edit struct {
	Run, Field string // tags or note
	Value      string // as a person writes it
	Error      string // why it could not be saved
}

// plain returns text that people wrote as one that shows all its characters.
func plain(text string) string { return escape.Control(text, "\n") }

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return plain(line)
}

// rower makes rows.
type rower struct {
	*Server
	names   []string // of the columns
	columns map[string]store.Column
	metrics []string
	failed  *edit // that could not be saved
}

func (w *rower) row(ctx context.Context, run *store.Summary) row {
	r := row{ID: run.ID, Path: runPath(run.ID), Name: plain(run.ID), Remark: firstLine(run.Question), Status: run.Status}
	r.Problem = firstLine(strings.ReplaceAll(run.Problem, filepath.Join(w.app.Runs, run.ID)+string(filepath.Separator), ""))
	r.Search = app.SearchesSettings(run.Spec)
	if run.ReplayOf != "" {
		r.Remark = "replay of " + plain(run.ReplayOf)
	}
	var glance app.Glance
	if slices.Contains(w.names, "claims") || slices.Contains(w.names, trainingColumn) {
		glance = w.roster.Glance(ctx, run)
	}
	for _, name := range w.names {
		switch name {
		case "claims":
			r.Cells = append(r.Cells, cell{Kind: "claims", Text: "–", Parts: countsOf(glance.Verdicts)})
		case "training":
			r.Cells = append(r.Cells, training(glance))
		default:
			r.Cells = append(r.Cells, w.cell(run, name))
		}
		r.Cells[len(r.Cells)-1].Title = titleOf(name)
	}
	return r
}

// cell returns a run's value in a column.
func (w *rower) cell(run *store.Summary, name string) cell {
	value := w.columns[name].Value(run)
	switch name {
	case "status":
		return cell{Kind: "status", Text: string(run.Status), Small: firstLine(run.Error), Bar: run.Progress}
	case "seconds":
		return took(run)
	case "tags":
		c := cell{Kind: "tags", Edit: w.edit(run, name, strings.Join(run.Tags, " "))}
		for _, tag := range run.Tags {
			c.Parts = append(c.Parts, part{Text: plain(tag)})
		}
		return c
	case "note":
		return cell{Kind: "note", Text: plain(run.Note), Edit: w.edit(run, name, run.Note)}
	}
	if metric, _, one := strings.Cut(name, "."); slices.Contains(w.metrics, metric) {
		c := cell{Kind: "number", Text: textOf(value)}
		if _, prior, _ := run.Best(name); !one {
			c.Small = plain(prior)
			if run.Spec.Takes("select.prior") != nil {
				c.Small += ", over all settings" // not the score of the best
			}
		}
		return c
	}
	switch v := value.(type) {
	case time.Time:
		day, clock, _ := strings.Cut(when(v), " ")
		return cell{Kind: "time", Text: day, Small: clock, Time: v}
	case store.Cells:
		if run.Status == store.Submitted { // a list does not look how far it is
			return cell{Kind: "number", Text: fmt.Sprintf("–/%d", v.Total)}
		}
		return cell{Kind: "number", Text: textOf(v)}
	}
	return cell{Kind: "text", Text: textOf(value)}
}

// took says how long a run took or, if it is in progress, has taken so far.
func took(run *store.Summary) cell {
	switch {
	case run.Seconds > 0:
		return cell{Kind: "number", Text: span(run.Seconds)}
	case run.Status == store.Running:
		return cell{Kind: "number", Text: span(time.Since(run.Started).Seconds()), Small: "so far"}
	}
	return cell{Kind: "number", Text: "–"}
}

// edit returns the form of a run's tags or note, nil if nothing may be changed.
func (w *rower) edit(run *store.Summary, field, value string) *edit {
	switch {
	case w.opt.ReadOnly || run.Status == store.Unreadable:
		return nil
	case w.failed != nil && w.failed.Run == run.ID && w.failed.Field == field:
		return w.failed
	}
	return &edit{Run: run.ID, Field: field, Value: value}
}

// longest is the number of characters of a value that a table shows.
const longest = 80

// textOf writes the value of a column.
func textOf(value any) string {
	switch v := value.(type) {
	case nil:
		return "–"
	case float64:
		return number(v)
	case store.Cells:
		if v.Total == 0 {
			return "–"
		}
		return fmt.Sprintf("%d/%d", v.Done, v.Total)
	case string:
		return shortened(v)
	case []any:
		var texts []string
		for _, x := range v {
			texts = append(texts, textOf(x))
		}
		return shortened(strings.Join(texts, ", "))
	}
	return shortened(settings.Text(value))
}

// shortened returns the beginning of a text that is too long for a table.
func shortened(text string) string {
	if utf8.RuneCountInString(text) > longest {
		text = string([]rune(text)[:longest-1]) + "…"
	}
	return plain(text)
}

// countsOf writes how many claims have each verdict: 2 hold.
func countsOf(list []app.VerdictCount) (parts []part) {
	for _, v := range list {
		verdict := v.Verdict
		if v.Claims > 1 {
			verdict = strings.NewReplacer("holds", "hold", "does not", "do not").Replace(verdict)
		}
		parts = append(parts, part{fmt.Sprintf("%d %s", v.Claims, verdict), strings.ReplaceAll(v.Verdict, " ", "-")})
	}
	return parts
}

func training(g app.Glance) cell {
	c := cell{Kind: "training", Text: "–", Spark: sparkOf(g.Curves)}
	if g.Problem != nil {
		c.Text, c.Small = "unreadable", firstLine(g.Problem.Error())
	}
	return c
}
