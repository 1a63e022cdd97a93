package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sedlab/framework/store"
	"sedlab/internal/record"
	"sedlab/internal/sealed"
	"sedlab/internal/sums"
)

// recorded makes a run folder with every file that a run has. It is done, or its process
// was killed just before.
func recorded(t *testing.T, done bool) (dir string) {
	t.Helper()
	r := create(t, t.TempDir())
	r.Log.Info("epoch", "of", 2)
	rows := []record.Signal{{RunID: "r", Prior: "zero", Status: "ok", Scores: []record.Score{{Name: "mse", Value: 1}}}}
	epochs := []record.Training{{Prior: "glo", Epoch: 1}}
	r.Log.Info("epoch", "of", 2)
	_, tagErr := store.Tag(r.Dir, "+good")
	err := errors.Join(tagErr,
		r.SaveTables(t.Context(), rows, epochs, []record.Example{{CellID: "a"}}),
		store.WriteNote(r.Dir, "λ too large"),
		sums.WriteFile(r.Dir, "report.md", writer("# report\n")),
		sums.WriteFile(r.Dir, "figures/01-boxplot.svg", writer("<svg/>\n")),
		sums.WriteFile(r.Dir, "figures/02-boxplot.svg", writer("<svg></svg>\n")))
	status := store.Running
	if done {
		status = store.Done
	}
	if err := errors.Join(err, r.Finish(status, now.Add(time.Minute))); err != nil {
		t.Fatal(err)
	}
	return r.Dir
}

func verify(t *testing.T, dir string) *store.Verified {
	t.Helper()
	v, err := store.Verify(t.Context(), dir, 1)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// files returns the content of every file of a run folder that has any.
func files(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	found := map[string][]byte{}
	for _, pattern := range []string{"*", "figures/*"} {
		list, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range list {
			if data, err := os.ReadFile(path); err == nil && len(data) > 0 {
				found[path] = data
			}
		}
	}
	return found
}

// Every flipped bit, missing and shortened file is noticed, whether the run is done or was
// killed.
func TestVerifyNoticesEveryFlip(t *testing.T) {
	for _, done := range []bool{true, false} {
		dir := recorded(t, done)
		if v := verify(t, dir); len(v.Damaged) > 0 || len(v.Unchecked) > 0 || v.Files < 12 {
			t.Fatalf("done %t: %+v", done, v)
		}
		all := files(t, dir)
		if len(all) < 13 {
			t.Fatalf("only %d files", len(all))
		}
		notices := func(path, what string) {
			t.Helper()
			name, err := filepath.Rel(dir, path)
			if err != nil {
				t.Fatal(err)
			}
			v := verify(t, dir)
			if !slices.ContainsFunc(v.Damaged, func(p store.Problem) bool { return p.File == filepath.ToSlash(name) }) {
				t.Errorf("done %t: %s of %s: found %v", done, what, name, v.Damaged)
			}
		}
		for path, data := range all {
			step := max(1, len(data)/60)
			for at := 0; at < len(data); at += step {
				changed := bytes.Clone(data)
				changed[at] ^= 1 << (at % 8)
				replace(t, path, changed)
				notices(path, "a flip")
			}
			replace(t, path, data[:len(data)-1])
			if filepath.Base(path) != store.LogFile || done { // a last line may be cut by a power failure
				notices(path, "a cut")
			}
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if filepath.Base(path) != sums.File {
				notices(path, "the loss")
			} else if v := verify(t, dir); len(v.Damaged) == 0 {
				t.Errorf("done %t: the loss of %s: nothing found", done, sums.File)
			}
			replace(t, path, data)
		}
		if v := verify(t, dir); len(v.Damaged) > 0 {
			t.Errorf("mended: %v", v.Damaged)
		}
	}
}

func replace(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
}

// A line that was cut by the death of a process is ended when the run is resumed, and what
// was lost of it does no harm.
func TestLogGoesOnAfterACutLine(t *testing.T) {
	dir := recorded(t, false)
	path := filepath.Join(dir, store.LogFile)
	log := files(t, dir)[path]
	replace(t, path, append(log, `{"time":"2026-`...))
	if v := verify(t, dir); len(v.Damaged) > 0 {
		t.Errorf("a cut line: %v", v.Damaged)
	}
	r, err := store.Reopen(dir, now, nil, plan)
	if err != nil {
		t.Fatal(err)
	}
	r.Log.Info("goes on")
	if err := r.Finish(store.Interrupted, now); err != nil {
		t.Fatal(err)
	}
	if v := verify(t, dir); len(v.Damaged) > 0 {
		t.Errorf("resumed: %v", v.Damaged)
	}
	if text := string(files(t, dir)[path]); strings.Count(text, "\n") != strings.Count(string(log), "\n")+2 {
		t.Errorf("log:\n%s", text)
	}
}

// A file of a person is listed, and not an error. The sample reads a part of the files.
func TestVerifyListsOtherFilesAndSamples(t *testing.T) {
	dir := recorded(t, true)
	replace(t, filepath.Join(dir, "my.ipynb"), []byte("{}"))
	if v := verify(t, dir); len(v.Damaged) > 0 || !slices.Equal(v.Unchecked, []string{"my.ipynb"}) {
		t.Errorf("%+v", v)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	if v := verify(t, link); len(v.Damaged) > 0 || !slices.Equal(v.Unchecked, []string{"my.ipynb"}) {
		t.Errorf("by a link: %+v", v)
	}
	skipped := 0
	for range 50 {
		v, err := store.Verify(t.Context(), dir, 0.5)
		if err != nil || len(v.Damaged) > 0 || !slices.Equal(v.Unchecked, []string{"my.ipynb"}) {
			t.Fatalf("%+v, %v", v, err)
		}
		skipped += v.Skipped
	}
	if all := 50 * 9; skipped < all/4 || skipped > all*3/4 { // 9 files have a line in SHA256SUMS
		t.Errorf("%d of %d files were left out", skipped, all)
	}
}

func TestTableOfManyPriors(t *testing.T) {
	for _, n := range []int{1000, 1001} {
		r := create(t, t.TempDir())
		rows := make([]record.Signal, n)
		for i := range rows {
			rows[i].Prior = fmt.Sprint("p", i)
		}
		if err := r.SaveTables(t.Context(), rows, nil, nil); err != nil {
			t.Fatal(err)
		}
		if _, err := store.ReadRows(t.Context(), r.Dir, r.Manifest); (err != nil) != (n > 1000) {
			t.Errorf("%d priors: %v", n, err)
		}
	}
}

// A run of a version that kept no sums gets them when it is resumed, even if it was tagged in
// between.
func TestOlderRunGetsSums(t *testing.T) {
	dir := recorded(t, false)
	m, err := store.ReadManifest(dir)
	if err != nil {
		t.Fatal(err)
	}
	m.LogSum = ""
	text, err := sealed.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	replace(t, filepath.Join(dir, store.ManifestFile), text)
	for _, name := range []string{sums.File, "report.md", "figures/01-boxplot.svg", "figures/02-boxplot.svg", store.SignalsFile, store.TrainingFile, store.ExamplesFile} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := store.Tag(dir, "+later"); err != nil {
		t.Fatal(err)
	}
	if v := verify(t, dir); len(v.Damaged) > 0 || len(v.Unchecked) < 3 {
		t.Errorf("as it was: %+v", v)
	}
	r, err := store.Reopen(dir, now, nil, plan)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(r.SaveTables(t.Context(), nil, nil, nil), r.Finish(store.Done, now)); err != nil {
		t.Fatal(err)
	}
	if v := verify(t, dir); len(v.Damaged) > 0 || len(v.Unchecked) > 0 {
		t.Errorf("resumed: %+v", v)
	}
}

// A run whose tags change while it is verified is not called damaged.
func TestVerifyOfAChangingRun(t *testing.T) {
	dir := recorded(t, true)
	var group sync.WaitGroup
	group.Go(func() {
		for range 20 {
			for _, change := range []string{"+a", "-a"} {
				if _, err := store.Tag(dir, change); err != nil {
					t.Error(err)
				}
			}
			if err := errors.Join(store.WriteNote(dir, ""), store.WriteNote(dir, "again")); err != nil {
				t.Error(err)
			}
		}
	})
	done := make(chan struct{})
	go func() { group.Wait(); close(done) }()
	for n := 0; ; n++ {
		select {
		case <-done:
			return
		default:
		}
		if v := verify(t, dir); len(v.Damaged) > 0 {
			t.Fatalf("after %d times: %+v", n, v.Damaged)
		}
	}
}
