package web

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"sedlab/framework/app"
	"sedlab/framework/store"
	"sedlab/internal/escape"
	"sedlab/internal/record"
)

// runView is what the page of a run is executed with.
type runView struct {
	runPage
	Run      *app.Overview
	Verdicts verdicts
	Results  results
	Tables   []statistics
	Changed  []setting
	Others   []setting
	Unknown  bool // which settings have the default
	Commands []command
	Attempts attemptsTable
	Step     update // of a run in progress
	Left     string
}

// run shows a run.
func (s *Server) run(r *http.Request) (*view, error) {
	p, err := s.runOf(r)
	if err != nil {
		return nil, err
	}
	o, err := s.app.Overview(r.Context(), p.ID)
	if err != nil {
		return nil, err
	}
	v := &runView{runPage: p, Run: o, Verdicts: verdictsOf(o.Claims), Results: resultsOf(o), Commands: commandsOf(o)}
	v.Changed, v.Others = settingsOf(o)
	v.Unknown = slices.ContainsFunc(o.Missing, func(p app.Part) bool { return errors.As(p.Why, new(*app.SettingsError)) })
	for _, t := range o.Tables {
		v.Tables = append(v.Tables, statisticsOf(t))
	}
	if live := o.Live; live != nil || o.Progress != nil {
		if live == nil {
			live = &app.Live{Progress: o.Progress}
		}
		v.Step = updateOf(live, time.Now())
		v.Left = span(v.Step.Left)
	}
	v.Attempts = attemptsOf(o)
	return &view{Template: "run", Title: p.ID, Data: v, Scripts: []string{"copy.js", "run.js"}}, nil
}

// statusMeans says what the status of a run means.
var statusMeans = map[store.Status]string{
	store.Submitted:   "its work is left to other processes, such as the jobs of a cluster",
	store.Running:     "a process is working on it",
	store.Done:        "every cell has a result, and the report is drawn",
	store.Failed:      "some cells, or all, have no result",
	store.Interrupted: "it was stopped; sedlab resume continues from what is finished",
	store.Killed:      "its process died without saying why; sedlab resume continues from what is finished",
	store.Unreadable:  "its manifest cannot be read",
}

// Means says what the status of the run means.
func (v *runView) Means() string { return statusMeans[v.Run.Status] }

// Running reports whether a process is working on the run, or is meant to.
func (v *runView) Running() bool { return v.Run.Status.Open() }

// Submitted reports whether the run's work is left to other processes.
func (v *runView) Submitted() bool { return v.Run.Status == store.Submitted }

// Stopped reports whether the run ended before it was done, and can be continued.
func (v *runView) Stopped() bool {
	return v.Run.Status == store.Interrupted || v.Run.Status == store.Killed
}

// Path is the address of the run.
func (p runPage) Path() string { return runPath(p.ID) }

// SpecName is what the command that made the run calls its spec; empty if it does not say.
func (v *runView) SpecName() string {
	made := func(arg string) bool { return arg == "run" || arg == "submit" }
	if i := slices.IndexFunc(v.Run.Argv, made); i >= 0 && i+1 < len(v.Run.Argv) && !strings.HasPrefix(v.Run.Argv[i+1], "-") {
		return v.Run.Argv[i+1]
	}
	return ""
}

// Memory is that of the machine; empty if it is unknown.
func (v *runView) Memory() string {
	if v.Run.System.Memory == 0 {
		return ""
	}
	return bytesText(int64(min(v.Run.System.Memory, math.MaxInt64)))
}

// results is the table of the medians of each prior.
type results struct {
	Columns []record.Column
	Rows    []resultRow
	Failed  int  // signals without a result
	Uneven  bool // the priors have different numbers of signals, so that medians say little
}

type resultRow struct {
	store.PriorResult
	Cells []resultCell // for each column
}

type resultCell struct {
	Value  *float64
	Lowest bool // of the errors in the column
}

func resultsOf(o *app.Overview) (t results) {
	for _, c := range o.Columns {
		has := func(r store.PriorResult) bool { _, ok := r.Medians[c.Name]; return ok }
		if slices.ContainsFunc(o.Results, has) {
			t.Columns = append(t.Columns, c)
		}
	}
	for _, r := range o.Results {
		t.Failed += r.Rows - r.Results
		t.Uneven = t.Uneven || r.Rows != o.Results[0].Rows
		t.Rows = append(t.Rows, resultRow{r, make([]resultCell, len(t.Columns))})
	}
	for i, c := range t.Columns {
		var column []*resultCell
		for k := range t.Rows {
			cell := &t.Rows[k].Cells[i]
			if v, ok := o.Results[k].Medians[c.Name]; ok {
				cell.Value = &v
			}
			column = append(column, cell)
		}
		if !t.Uneven {
			markLowest(column, c)
		}
	}
	return t
}

// markLowest marks the lowest of the values of an error, if they differ.
func markLowest(cells []*resultCell, c record.Column) {
	var values []float64
	for _, cell := range cells {
		if cell.Value != nil {
			values = append(values, *cell.Value)
		}
	}
	if c.Role != record.Error || len(values) == 0 || slices.Min(values) == slices.Max(values) {
		return
	}
	for _, cell := range cells {
		cell.Lowest = cell.Value != nil && *cell.Value == slices.Min(values)
	}
}

// setting is a setting of a run for people.
type setting struct {
	app.RunSetting
	Values string // that a sweep gives it, or its value
	Origin string
}

// settingsOf returns the settings that differ from the defaults, and the others.
func settingsOf(o *app.Overview) (changed, others []setting) {
	edits := editedKeys(o.Argv)
	for _, e := range o.Settings {
		s := setting{e, string(e.Value), "default"}
		if e.Changed {
			s.Origin = "the spec"
		}
		if slices.ContainsFunc(edits, func(key string) bool { return e.Key == key || strings.HasPrefix(e.Key, key+".") }) {
			s.Origin = "--set on the command line"
		}
		if len(e.Swept) > 0 {
			var blocks []string
			for _, swept := range e.Swept {
				blocks = append(blocks, string(swept.Values))
			}
			s.Values, s.Origin = strings.Join(slices.Compact(blocks), " and "), "swept; "+s.Origin
		}
		if e.Changed {
			changed = append(changed, s)
		} else {
			others = append(others, s)
		}
	}
	return changed, others
}

// editedKeys returns the keys that a command line sets, as runs record it.
func editedKeys(argv []string) (keys []string) {
	for i, arg := range argv {
		text, found := strings.CutPrefix(arg, "--set=")
		if arg == "--set" && i+1 < len(argv) {
			text, found = argv[i+1], true
		}
		if key, _, ok := strings.Cut(text, "="); found && ok {
			keys = append(keys, strings.TrimPrefix(strings.TrimSuffix(key, "+"), "sweep."))
		}
	}
	return keys
}

// command is a command line to copy.
type command struct{ About, Line string }

func commandsOf(o *app.Overview) (list []command) {
	if len(o.Argv) > 0 {
		list = append(list, command{"It was run by", shellLine(o.Argv)})
	}
	if o.Status == store.Submitted {
		list = append(list, command{"To see each step", shellLine([]string{"sedlab", "status", o.Dir})},
			command{"To end its jobs on Slurm", shellLine([]string{"sedlab", "cancel", o.Dir})},
			command{"To do a share of its work here", shellLine([]string{"sedlab", "work", o.Dir})})
	}
	list = append(list, command{"To run the same again", shellLine([]string{"sedlab", "run", o.Dir + "/" + store.SpecFile})},
		command{"To repeat it and compare bit for bit", shellLine([]string{"sedlab", "replay", o.Dir})})
	if o.Status == store.Interrupted || o.Status == store.Killed || o.Status == store.Failed {
		list = append(list, command{"To continue from what is finished", shellLine([]string{"sedlab", "resume", o.Dir})})
	}
	return list
}

// shellLine writes a command line so that a shell reads the same words. Control characters are
// replaced, because a person may paste it.
func shellLine(argv []string) string {
	words := make([]string, len(argv))
	for i, word := range argv {
		words[i] = escape.Shell(word)
	}
	return escape.Control(strings.Join(words, " "), "")
}

// mediaTypes are those of a run's files, by extension.
var mediaTypes = map[string]string{
	".svg": "image/svg+xml", ".png": "image/png", ".pdf": "application/pdf", ".csv": "text/csv; charset=utf-8",
	".json": "application/json", ".parquet": "application/vnd.apache.parquet", ".html": "text/html; charset=utf-8",
}

// filePolicy lets nothing in a file of a run act or load.
const filePolicy = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

// file answers with a file of a run: an image to show, others to save.
func (s *Server) file(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	f, info, err := s.app.OpenFile(r.PathValue("run"), name)
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%w: %w", errNoPage, err)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	defer f.Close()
	base, kind := name[strings.LastIndexByte(name, '/')+1:], name[max(0, strings.LastIndexByte(name, '.')):]
	show := "attachment"
	if (kind == ".svg" || kind == ".png") && r.URL.Query().Get("save") == "" {
		show = "inline"
	}
	h := w.Header()
	h.Set("Content-Security-Policy", filePolicy)
	h.Set("Content-Type", cmp.Or(mediaTypes[kind], "text/plain; charset=utf-8"))
	h.Set("Content-Disposition", show+"; filename*=UTF-8''"+url.PathEscape(base))
	http.ServeContent(w, r, "", info.ModTime(), f)
}
