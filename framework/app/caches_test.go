package app_test

import (
	"path/filepath"
	"strings"
	"testing"

	"sedlab/framework/store"
	"sedlab/internal/record"
	"sedlab/internal/record/recordtest"
)

// What two caches have of a cell is used together, and the one that takes what is new loses
// nothing that only it had.
func TestWhatCachesHaveOfACellAddsUp(t *testing.T) {
	a, ref := open(t, strings.Replace(longer, "{signals: all}", "{signals: all, split: train}", 1))
	top, lower := t.TempDir(), t.TempDir()
	a.Caches = []string{lower}
	extended(t, a, ref, "evaluate.signals=5", "evaluate.keep=0")
	a.Caches = []string{top}
	extended(t, a, ref, "evaluate.signals=3", "evaluate.keep=3")
	kept := func(caches []string, edits ...string) (examples int, cached int) {
		a.Caches = caches
		r, _, _ := extended(t, a, ref, edits...)
		rows, err := recordtest.Read[record.Example](filepath.Join(r.Dir, store.ExamplesFile))
		if err != nil {
			t.Fatal(err)
		}
		return len(rows), r.Cells.Cached
	}
	if n, cached := kept([]string{top, lower}, "evaluate.signals=5", "evaluate.keep=3"); n != 3 || cached != 1 {
		t.Errorf("both together: %d examples, %d cells cached", n, cached)
	}
	kept([]string{top, lower}, "evaluate.signals=6", "evaluate.keep=1")
	if n, cached := kept([]string{top}, "evaluate.signals=6", "evaluate.keep=3"); n != 3 || cached != 1 {
		t.Errorf("the first alone afterwards: %d examples, %d cells cached", n, cached)
	}
}
