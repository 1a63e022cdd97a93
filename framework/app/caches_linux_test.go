package app_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"sedlab/framework/app"
	"sedlab/framework/cache"
	"sedlab/framework/spec"
)

// onlyRead makes a folder read-only until the test ends, also for the user root.
func onlyRead(t *testing.T, dir string) {
	t.Helper()
	if err := syscall.Mount(dir, dir, "", syscall.MS_BIND, ""); err != nil {
		t.Skipf("cannot mount: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_BIND|syscall.MS_RDONLY, ""); err != nil {
		t.Skipf("cannot mount read-only: %v", err)
	}
}

func TestACacheThatCanOnlyBeRead(t *testing.T) {
	a, ref := open(t, small)
	if _, err := a.Run(t.Context(), ref, app.RunOptions{}); err != nil {
		t.Fatal(err)
	}
	theirs := a.CacheDir()
	onlyRead(t, theirs)
	a.Runs, a.Caches = t.TempDir(), []string{theirs}
	events := &recorder{}
	r, err := a.Run(t.Context(), ref, app.RunOptions{Events: events})
	if err != nil || r.Cells.Cached != r.Cells.Total || events.epochs != 0 {
		t.Fatalf("run %+v, %v, %d epochs; want everything from the cache", r.Cells, err, events.epochs)
	}
	own := filepath.Join(a.Runs, "cache")
	if len(events.notes) == 0 || !strings.Contains(events.notes[0], theirs+" can only be read; what is new goes to "+own) {
		t.Errorf("notes: %q", events.notes)
	}
	if r.Cache != own || !slices.Equal(r.ReadCaches, []string{theirs}) {
		t.Errorf("caches: %s, %v", r.Cache, r.ReadCaches)
	}

	ref.Edits = []spec.Edit{{Origin: "--set", Text: "sweep.problem.missing_fraction=[0.2, 0.7]"}}
	if r, err = a.Run(t.Context(), ref, app.RunOptions{}); err != nil || r.Cells.Cached == 0 || r.Cells.Cached == r.Cells.Total {
		t.Fatalf("a larger run: %+v, %v", r.Cells, err)
	}
	p, err := a.Plan(t.Context(), ref, app.PlanOptions{})
	if err != nil || p.CountCached(p.Cells) != len(p.Cells) {
		t.Errorf("the plan finds %d of %d cells, %v", p.CountCached(p.Cells), len(p.Cells), err)
	}
	if err := os.Remove(filepath.Join(r.Dir, "report.md")); err != nil {
		t.Fatal(err)
	}
	a.Caches = nil // the run remembers them
	if again, err := a.Resume(t.Context(), r.ID, nil, app.RunOptions{}); err != nil || again.Cells.Cached != again.Cells.Total {
		t.Errorf("resumed: %+v, %v", again.Cells, err)
	}
	a.Caches = []string{theirs, own}
	if _, err := a.CacheEntries(t.Context()); !is[*app.FolderError](err) {
		t.Errorf("list of two caches: %v", err)
	}
	a.Runs, a.Caches = filepath.Dir(theirs), nil
	if _, err := a.Run(t.Context(), ref, app.RunOptions{}); !is[*cache.UnwritableError](err) {
		t.Errorf("no cache that can be written: %v", err)
	}
}
