package app_test

import (
	"archive/zip"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sedlab/catalog"
	"sedlab/framework/app"
	"sedlab/framework/cache"
	"sedlab/framework/store"
	"sedlab/internal/safetensors"
)

// Folders of runs that earlier versions left, in testdata/past, are read: lists, results,
// figures, checksums, what prune must keep, and trained priors.
func TestPastVersionsAreRead(t *testing.T) {
	archives, err := filepath.Glob("testdata/past/*.zip")
	if err != nil || len(archives) < 2 {
		t.Fatalf("%v, %v", archives, err)
	}
	for _, archive := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(archive), ".zip"), func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "a[b")
			unpack(t, archive, dir)
			a := app.Open(filepath.Join(dir, "runs"), catalog.Default())
			testPastRun(t, a)
			testPastCache(t, a)
		})
	}
}

func unpack(t *testing.T, archive, dir string) {
	t.Helper()
	z, err := zip.OpenReader(archive)
	if err == nil {
		err = errors.Join(os.CopyFS(dir, z), z.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

func testPastRun(t *testing.T, a *app.App) {
	list, err := a.List(app.ListOptions{})
	if err != nil || len(list) != 1 || list[0].Status != store.Done || list[0].Problem != "" ||
		!slices.Equal(list[0].Tags, []string{"kept"}) || list[0].Note != "made to be read later" {
		t.Fatalf("list: %+v, %v", list, err)
	}
	v, err := a.Verify(t.Context(), 1, "past")
	if err != nil || len(v[0].Damaged) > 0 || v[0].Files < 6 {
		t.Errorf("verify: %+v, %v", v, err)
	}
	s, err := a.Show(t.Context(), "past")
	if err != nil || s.Problem != nil || len(s.Priors) != 3 || s.Priors[0].Results != 8 || s.Priors[0].MSE == nil || len(s.Training) != 1 {
		t.Errorf("show: %+v, %v", s, err)
	}
	if d, err := a.Diff(t.Context(), "past", "past", "mse"); err != nil || !d.Results.Identical {
		t.Errorf("diff: %+v, %v", d, err)
	}
	if _, err := a.Report(t.Context(), "past", false); err != nil {
		t.Errorf("report: %v", err)
	}
	e, err := a.Export(t.Context(), store.Query{}, filepath.Join(t.TempDir(), "runs.csv"))
	if err != nil || e.Rows != 6 || len(e.Problems) > 0 {
		t.Errorf("export: %+v, %v", e, err)
	}
	if _, err := a.Resume(t.Context(), "past", nil, app.RunOptions{}); !errors.As(err, new(*app.DoneError)) {
		t.Errorf("resume: %v", err)
	}
	killed := filepath.Join(a.Runs, ".replay-1") // the cache of a replay that was
	c, err := cache.Open(t.Context(), 0, killed)
	if err := errors.Join(err, c.Close()); err != nil {
		t.Fatal(err)
	}
	r, err := a.Replay(t.Context(), "past", nil, app.RunOptions{})
	if err != nil || r.Signals.Rows == 0 {
		t.Errorf("replay: %+v, %v", r, err)
	}
	if _, err := os.Stat(killed); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what a killed replay has left: %v", err)
	}
	// Another kernel gives other bits, and the replay says so.
	if err == nil && !r.Identical && !slices.ContainsFunc(r.Notes, func(n string) bool { return strings.HasPrefix(n, "kernel") || strings.HasPrefix(n, "architecture") }) {
		t.Errorf("replay: differs: %+v", r.Signals)
	}
}

func testPastCache(t *testing.T, a *app.App) {
	report, err := a.CacheVerify(t.Context())
	if err != nil || len(report.Damaged) > 0 || report.Entries != 7 {
		t.Errorf("cache: %+v, %v", report, err)
	}
	removed, err := a.CachePrune(t.Context(), app.PruneOptions{DryRun: true})
	if err != nil || len(removed) > 1 { // the last state of the training is of no more use
		t.Errorf("prune: %+v, %v", removed, err)
	}
	c, err := cache.Look(t.Context(), 0, a.CacheDir())
	if err != nil {
		t.Fatal(err)
	}
	opened := 0
	for info, err := range c.Entries(cache.Priors) {
		if err != nil {
			t.Fatal(err)
		}
		entry, err := c.Get(cache.Priors, info.Key)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := safetensors.Parse(entry.File("prior.safetensors")); err != nil {
			t.Errorf("prior %s: %v", info.Key.Short(), err)
		}
		opened++
	}
	if err := c.Close(); err != nil || opened != 3 {
		t.Errorf("%d priors opened, %v", opened, err)
	}
}
