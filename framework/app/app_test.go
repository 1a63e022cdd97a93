package app_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sedlab/catalog"
	"sedlab/framework/app"
	"sedlab/framework/spec"
	"sedlab/framework/store"
	"sedlab/internal/disk"
	"sedlab/internal/disk/disktest"
)

// temp is a folder for what tests share.
var temp string

// TestMain keeps tests from waiting for the disk, and removes what they have shared.
func TestMain(m *testing.M) {
	disk.Watch(disktest.Unsynced)
	var err error
	if temp, err = os.MkdirTemp("", "app"); err != nil {
		panic(err)
	}
	code := m.Run()
	if err := os.RemoveAll(temp); err != nil {
		panic(err)
	}
	os.Exit(code)
}

const small = `
# Question: what can be done without a terminal?
name: small
dataset: {source: synthetic, size: 60}
priors:
  glo: {kind: glo, code_dim: 4, hidden: [8], train: {epochs: 4, batch_size: 16, lr_generator: 0.01}}
  zero: {kind: zero}
problem: {operator: inpainting}
solver: {steps: 10}
evaluate: {signals: 4}
sweep: {problem.missing_fraction: [0.2, 0.5]}
report:
  - {figure: boxplot, x: problem.missing_fraction}
`

// open returns an App in an empty folder, and a spec.
func open(t *testing.T, text string) (*app.App, app.SpecRef) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "spec.yaml")
	if err := os.WriteFile(path, []byte(strings.TrimSpace(text)), 0o666); err != nil {
		t.Fatal(err)
	}
	return app.Open(filepath.Join(dir, "runs"), catalog.Default()), app.SpecRef{Name: path}
}

// recorder records all events.
type recorder struct {
	loaded   []string
	epochs   int
	cells    [][2]int // done, total
	notes    []string
	failures []app.Failure
	app.Quiet
}

func (r *recorder) Loading(source string)      { r.loaded = append(r.loaded, source) }
func (r *recorder) Training(string, app.Epoch) { r.epochs++ }
func (r *recorder) Cells(done, total int)      { r.cells = append(r.cells, [2]int{done, total}) }
func (r *recorder) Note(text string)           { r.notes = append(r.notes, text) }
func (r *recorder) Failed(f app.Failure)       { r.failures = append(r.failures, f) }

func TestRunAndWhatFollows(t *testing.T) {
	a, ref := open(t, small)
	checked, err := a.Check(ref)
	if err != nil || !checked.OK || checked.Cells != 4 || checked.Trainings != 2 {
		t.Fatalf("checked %+v, %v", checked, err)
	}
	cached := func() int {
		p, err := a.Plan(t.Context(), ref, app.PlanOptions{})
		if err != nil || p.Unread != nil || len(p.Cells) != 4 {
			t.Fatalf("plan %+v, %v", p, err)
		}
		return p.CountCached(p.Cells)
	}
	if n := cached(); n != 0 {
		t.Errorf("%d cells are cached before there is a cache", n)
	}
	events := &recorder{}
	r, err := a.Run(t.Context(), ref, app.RunOptions{Events: events, Command: []string{"test"}})
	if err != nil {
		t.Fatal(err)
	}
	if r.Status != store.Done || r.Cells != (store.Cells{Total: 4, Done: 4}) || len(r.Report.Figures) != 1 || r.Argv[0] != "test" {
		t.Errorf("run %+v", r)
	}
	if !slices.Equal(events.loaded, []string{"synthetic"}) || events.epochs != 4 || events.notes != nil || events.failures != nil ||
		events.cells[0] != [2]int{0, 4} || events.cells[len(events.cells)-1] != [2]int{4, 4} {
		t.Errorf("events %+v", events)
	}
	if n := cached(); n != 4 {
		t.Errorf("%d cells are cached", n)
	}
	lookBack(t, a, r)
	again, err := a.Replay(t.Context(), "latest", nil, app.RunOptions{Workers: 1})
	if err != nil || !again.Identical || again.Signals.Rows != 16 || again.Again.ReplayOf != r.ID {
		t.Errorf("replay %+v, %v", again, err)
	}
	remove(t, a, r)
}

// lookBack tests what can be asked about the only run.
func lookBack(t *testing.T, a *app.App, r *app.RunResult) {
	t.Helper()
	s, err := a.Show(t.Context(), "latest")
	if err != nil || s.Problem != nil || s.ID != r.ID || len(s.Priors) != 2 || s.Priors[1].Medians["mse"] != r.Results[1].Medians["mse"] {
		t.Errorf("shown %+v, %v", s, err)
	}
	if v, _ := s.Spec.Get("priors.glo.code_dim"); v != 4.0 {
		t.Errorf("code_dim %v", v)
	}
	if d, err := a.Diff(t.Context(), "small", "latest", "mse"); err != nil || !d.Results.Identical || d.Results.Pairs != 16 || len(d.Spec)+len(d.Origin) > 0 {
		t.Errorf("difference %+v, %v", d, err)
	}
	if err := os.Remove(r.Report.Report); err != nil {
		t.Fatal(err)
	}
	if summary, err := a.Report(t.Context(), r.Dir, false); err != nil || summary.Report != r.Report.Report || len(summary.Figures) != 1 {
		t.Errorf("report %+v, %v", summary, err)
	}
	if tags, err := a.Tag(r.ID, "+good", "+draft", "-draft"); err != nil || !slices.Equal(tags, []string{"good"}) {
		t.Errorf("tags %q, %v", tags, err)
	}
	condition, err := store.ParseCondition("problem.missing_fraction>=0.5")
	if err != nil {
		t.Fatal(err)
	}
	list, err := a.List(app.ListOptions{Query: store.Query{Tags: []string{"good"}, Where: []store.Condition{condition}}, Sort: "mse.glo"})
	if err != nil || len(list) != 1 || list[0].ID != r.ID {
		t.Errorf("list %+v, %v", list, err)
	}
}

// remove tests that runs go to the trash, and what they use from the cache only
// when they have left that.
func remove(t *testing.T, a *app.App, r *app.RunResult) {
	t.Helper()
	dirs, err := a.Find(time.Now())
	if err != nil || len(dirs) != 2 { // the replay too
		t.Errorf("older are %q, %v", dirs, err)
	}
	if moved, err := a.Remove(dirs...); err != nil || len(moved) != 2 {
		t.Errorf("moved %+v, %v", moved, err)
	}
	if list, err := a.List(app.ListOptions{}); err != nil || len(list) != 0 {
		t.Errorf("list %+v, %v", list, err)
	}
	prune := func() int {
		removed, err := a.CachePrune(t.Context(), app.PruneOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return len(removed)
	}
	if n := prune(); n != 0 {
		t.Errorf("%d items pruned that the trash uses", n)
	}
	if n, err := a.EmptyTrash(); err != nil || n != 2 {
		t.Errorf("%d deleted, %v", n, err)
	}
	if n := prune(); n != 2+4+1 { // priors, cells, and the state of glo
		t.Errorf("%d items pruned", n)
	}
	if list, err := a.CacheEntries(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("cache %+v, %v", list, err)
	}
}

// canceller cancels a run after some epochs.
type canceller struct {
	left   int
	cancel context.CancelFunc
	app.Quiet
}

func (c *canceller) Training(string, app.Epoch) {
	if c.left--; c.left == 0 {
		c.cancel()
	}
}

func TestResumeAfterCancel(t *testing.T) {
	a, ref := open(t, small)
	whole, err := a.Run(t.Context(), ref, app.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	a.Caches = []string{filepath.Join(a.Runs, "..", "other")}
	ctx, cancel := context.WithCancel(t.Context())
	r, err := a.Run(ctx, ref, app.RunOptions{Events: &canceller{left: 2, cancel: cancel}})
	stopped, ok := errors.AsType[*app.InterruptedError](err)
	if !ok || !errors.Is(err, context.Canceled) || stopped.Dir != r.Dir || stopped.Done != 0 || stopped.Total != 4 || r.Report != nil {
		t.Fatalf("run %+v, %v", r, err)
	}
	if s, err := a.Show(t.Context(), r.ID); err != nil || s.Status != store.Interrupted {
		t.Errorf("shown %+v, %v", s, err)
	}
	a.Caches = nil // the run remembers its own
	events := &recorder{}
	resumed, err := a.Resume(t.Context(), r.ID, nil, app.RunOptions{Events: events})
	if err != nil || resumed.Dir != r.Dir || resumed.Status != store.Done || len(resumed.Resumed) != 1 || events.cells[len(events.cells)-1] != [2]int{4, 4} {
		t.Errorf("resumed %+v, %v, events %+v", resumed, err, events)
	}
	if d, err := a.Diff(t.Context(), whole.ID, r.ID, "mse"); err != nil || !d.Results.Identical {
		t.Errorf("difference %+v, %v", d, err)
	}
	if _, err := a.Resume(t.Context(), r.ID, nil, app.RunOptions{}); !is[*app.DoneError](err) {
		t.Errorf("a run that is done: %v", err)
	}
	edit := []spec.Edit{{Origin: "--set", Text: "seed=3"}}
	if _, err := a.Resume(t.Context(), r.ID, edit, app.RunOptions{}); !is[*app.ChangeError](err) {
		t.Errorf("another seed: %v", err)
	}
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

func TestFailedCells(t *testing.T) {
	a, ref := open(t, strings.Replace(small, "epochs: 4, batch_size: 16, lr_generator: 0.01", "epochs: 300, batch_size: 16, lr_generator: 1e30", 1))
	ref.Edits = []spec.Edit{{Origin: "--set", Text: "priors.glo.batch_norm=false"}}
	events := &recorder{}
	r, err := a.Run(t.Context(), ref, app.RunOptions{Events: events})
	failed, ok := errors.AsType[*app.FailedCellsError](err)
	if !ok || failed.Failed != 2 || failed.Total != 4 || failed.Dir != r.Dir || r.Status != store.Failed || r.Report == nil {
		t.Fatalf("run %+v, %v", r, err)
	}
	if len(events.failures) != 2 || events.failures[0].Err == nil {
		t.Errorf("failures %+v", events.failures)
	}
}

func TestErrorsCarryFacts(t *testing.T) {
	a, ref := open(t, small)
	a.Caches = []string{t.TempDir()}
	ref.Edits = []spec.Edit{{Origin: "--set", Text: "priors.glo.code_dm=3"}}
	checked, err := a.Check(ref)
	if text, _ := json.Marshal(checked); err != nil || checked.OK || !strings.Contains(string(text), "code_dim") {
		t.Errorf("checked %s, %v", text, err)
	}
	if _, err := a.Run(t.Context(), ref, app.RunOptions{}); !is[*spec.Errors](err) {
		t.Errorf("a wrong spec: %v", err)
	}
	ref.Edits = []spec.Edit{{Origin: "--set", Text: "dataset.source=npz"}, {Origin: "--set", Text: "dataset.path=/nowhere.npz"}}
	if checked, err := a.Check(ref); err != nil || len(checked.Absent) != 1 || checked.Absent[0].Fetch != "" {
		t.Errorf("checked %+v, %v", checked, err)
	}
	if _, err := a.Run(t.Context(), ref, app.RunOptions{}); !is[*app.InputError](err) {
		t.Errorf("data that are not there: %v", err)
	}
	ref.Edits = nil
	if _, err := a.Explain(ref, "solver.step"); err == nil || err.(*app.KeyError).Near != "solver.steps" {
		t.Errorf("an unknown key: %v", err)
	}
	if _, err := a.Show(t.Context(), "small"); !is[*store.FindError](err) {
		t.Errorf("no run: %v", err)
	}
	if _, err := a.Diff(t.Context(), "small", "small", "mean"); !is[*app.QueryError](err) {
		t.Errorf("no metric: %v", err)
	}
	if _, err := a.CachePrune(t.Context(), app.PruneOptions{}); !is[*app.FolderError](err) {
		t.Errorf("no runs: %v", err)
	}
	if err := os.MkdirAll(a.Runs, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := a.CachePrune(t.Context(), app.PruneOptions{}); !is[*app.SharedCacheError](err) {
		t.Errorf("a cache of others: %v", err)
	}
	if _, err := a.DataInfo(t.Context(), app.DataRef{Source: "npz"}); err == nil || !err.(*app.SourceError).NeedsPath {
		t.Errorf("a source without its file: %v", err)
	}
}
