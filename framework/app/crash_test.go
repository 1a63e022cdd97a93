package app_test

import (
	"errors"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sedlab/catalog"
	"sedlab/framework/app"
	"sedlab/framework/store"
	"sedlab/internal/disk"
	"sedlab/internal/disk/disktest"
	"sedlab/internal/record"
	"sedlab/internal/record/recordtest"
)

// faults says which changes to the disk tests let fail: 1 for each of them. The long form of
// these tests is
//
//	go test ./framework/app -run 'Disk|Power' -faults 1
var faults = flag.Int("faults", 53, "let every n-th change to the disk fail")

// tiny is a spec whose run makes every kind of file.
const tiny = `
name: tiny
dataset: {source: synthetic, size: 40}
priors:
  glo: {kind: glo, code_dim: 2, hidden: [4], train: {epochs: 2, batch_size: 16, lr_generator: 0.01}}
  zero: {kind: zero}
problem: {operator: inpainting, missing_fraction: 0.2}
solver: {steps: 2}
evaluate: {signals: 2, keep: 1}
report: [{figure: training}]
`

// life is what a person does in a folder of runs: two runs, of which the first is tagged,
// noted, drawn again and removed, and the cache pruned. It calls done after each of these
// steps, and ends with the first error.
func life(t *testing.T, a *app.App, ref app.SpecRef, done func()) (err error) {
	var events recorder
	defer func() {
		for _, f := range events.failures {
			err = errors.Join(err, f.Err)
		}
	}()
	o := app.RunOptions{Workers: 1, Note: "why", Events: &events}
	var first *app.RunResult
	for _, step := range []func() error{
		func() (err error) { first, err = a.Run(t.Context(), ref, o); return err },
		func() error { _, err := a.Tag(first.ID, "+good"); return err },
		func() error { return a.SetNote(first.ID, "because") },
		func() error { _, err := a.Report(t.Context(), first.ID, false); return err },
		func() error { _, err := a.Run(t.Context(), ref, o); return err },
		func() error { _, err := a.Remove(first.Dir); return err },
		func() error { _, err := a.EmptyTrash(); return err },
		func() error { _, err := a.CachePrune(t.Context(), app.PruneOptions{Long: true}); return err },
	} {
		if err := step(); err != nil {
			return err
		}
		done()
	}
	return nil
}

// mendedBy checks a folder of runs after a fault: every file of every run is as it was
// written, each run can be finished, and has the wanted rows then.
func mendedBy(t *testing.T, what string, a *app.App, ref app.SpecRef, want []record.Signal) {
	t.Helper()
	list, err := a.List(app.ListOptions{})
	if err != nil {
		t.Fatalf("%s: list: %v", what, err)
	}
	for _, s := range list {
		dir := filepath.Join(a.Runs, s.ID)
		v, err := store.Verify(t.Context(), dir, 1)
		if err != nil || len(v.Damaged) > 0 || s.Problem != "" {
			t.Errorf("%s: run %s: %v, %+v, %s", what, s.ID, err, v, s.Problem)
			continue
		}
		if _, err := a.Resume(t.Context(), dir, nil, app.RunOptions{Workers: 1}); err != nil && !errors.As(err, new(*app.DoneError)) {
			t.Errorf("%s: resume: %v", what, err)
			continue
		}
		sameRows(t, what+": resumed", dir, want)
	}
	r, err := a.Run(t.Context(), ref, app.RunOptions{Workers: 1})
	if err != nil {
		t.Errorf("%s: the next run: %v", what, err)
		return
	}
	sameRows(t, what+": the next run", r.Dir, want)
	if v, err := store.Verify(t.Context(), r.Dir, 1); err != nil || len(v.Damaged) > 0 {
		t.Errorf("%s: the next run: %v, %+v", what, err, v)
	}
}

func sameRows(t *testing.T, what, dir string, want []record.Signal) {
	t.Helper()
	rows, err := recordtest.Read[record.Signal](filepath.Join(dir, store.SignalsFile))
	if err != nil {
		t.Errorf("%s: %v", what, err)
		return
	}
	for i := range rows {
		rows[i].RunID, rows[i].Seconds = "", 0
	}
	same := cmp.Comparer(func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) })
	if d := cmp.Diff(want, rows, same); d != "" {
		t.Errorf("%s: the rows differ:\n%s", what, d)
	}
}

// undisturbed returns the rows of a run that nothing disturbed, the changes that life makes,
// and the number of changes after each of its steps.
func undisturbed(t *testing.T) (rows []record.Signal, log *disktest.Log, after []int) {
	t.Helper()
	a, ref := open(t, tiny)
	r, err := a.Run(t.Context(), ref, app.RunOptions{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	if rows, err = recordtest.Read[record.Signal](filepath.Join(r.Dir, store.SignalsFile)); err != nil {
		t.Fatal(err)
	}
	for i := range rows {
		rows[i].RunID, rows[i].Seconds = "", 0
	}
	a, ref = open(t, tiny)
	log, stop := disktest.Record(filepath.Dir(a.Runs))
	defer stop()
	if err := life(t, a, ref, func() { after = append(after, len(log.Changes)) }); err != nil {
		t.Fatal(err)
	}
	return rows, log, after
}

// Whatever change to the disk fails, alone or as the first on a full disk, the error says
// what and where, nothing that was finished is lost, and the same commands then succeed.
func TestFailingDisk(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long")
	}
	want, log, _ := undisturbed(t)
	if len(log.Changes) < 150 {
		t.Fatalf("only %d changes", len(log.Changes))
	}
	for full, cause := range []error{syscall.EIO, syscall.ENOSPC} {
		for at := rand.IntN(*faults); at < len(log.Changes); at += *faults {
			a, ref := open(t, tiny)
			n := -1
			stop := disk.Watch(func(c disk.Change) error {
				if c.Err != nil {
					return nil
				}
				if strings.HasPrefix(c.Path, filepath.Dir(a.Runs)) {
					n++
				}
				grows := c.Op != disk.OpRemove && c.Op != disk.OpClear && c.Op != disk.OpTruncate
				if n == at || full == 1 && n > at && grows {
					return cause
				}
				return disktest.Unsynced(c)
			})
			err := life(t, a, ref, func() {})
			stop()
			what := fmt.Sprintf("%v at change %d (%s %s)", cause, at, log.Changes[at].Op, log.Changes[at].Path)
			if err != nil && (!errors.Is(err, cause) || !strings.Contains(err.Error(), filepath.Dir(a.Runs))) {
				t.Errorf("%s: %v", what, err)
			}
			mendedBy(t, what, a, ref, want)
		}
	}
}

// After a power failure at any moment, every file is the old one or the new one, and all
// runs can be finished. What was finished before is there.
func TestPowerFailure(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long")
	}
	want, log, after := undisturbed(t)
	for n := rand.IntN(*faults); n <= len(log.Changes); n += *faults {
		for _, choice := range disktest.Choices {
			dir := t.TempDir()
			if err := log.Crash(dir, n, choice, rand.Uint64()); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "spec.yaml"), []byte(strings.TrimSpace(tiny)), 0o666); err != nil {
				t.Fatal(err)
			}
			last := ""
			if n > 0 {
				last = fmt.Sprintf("%s %s", log.Changes[n-1].Op, log.Changes[n-1].Path)
			}
			a := app.Open(filepath.Join(dir, "runs"), catalog.Default())
			a.Lease = 100 * time.Millisecond // how long a lease without contents is waited for
			what := fmt.Sprintf("power failure after %d changes (%s), choice %d", n, last, choice)
			nothingLost(t, what, a, n, after)
			mendedBy(t, what, a, app.SpecRef{Name: filepath.Join(dir, "spec.yaml")}, want)
		}
	}
}

// nothingLost checks that the steps of life that had ended after n changes still have their
// effects. after has the number of changes after each step.
func nothingLost(t *testing.T, what string, a *app.App, n int, after []int) {
	t.Helper()
	list, err := a.List(app.ListOptions{})
	if err != nil {
		t.Fatalf("%s: list: %v", what, err)
	}
	ended := func(step int) bool { return n >= after[step] }
	isDone := func(s store.Summary) bool { return s.Status == store.Done }
	isFirst := func(s store.Summary) bool {
		return isDone(s) && (!ended(1) || slices.Equal(s.Tags, []string{"good"})) && (!ended(2) || s.Note == "because")
	}
	isSecond := func(s store.Summary) bool { return isDone(s) && s.Tags == nil && s.Note == "why" }
	if ended(0) && !ended(4) && !slices.ContainsFunc(list, isFirst) {
		t.Errorf("%s: the first run is lost: %+v", what, list)
	}
	if ended(4) && !slices.ContainsFunc(list, isSecond) {
		t.Errorf("%s: the second run is lost: %+v", what, list)
	}
	if ended(5) && slices.ContainsFunc(list, func(s store.Summary) bool { return s.Tags != nil }) {
		t.Errorf("%s: the removed run is back: %+v", what, list)
	}
}
