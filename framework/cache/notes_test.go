package cache_test

import (
	"os"
	"testing"

	"sedlab/framework/cache"
)

// Of a pack that has been read, only those notes are told that are still there and intact.
func TestNotesOfAPackFollowItsNames(t *testing.T) {
	t.Parallel()
	c := open(t, t.TempDir())
	list := items(files)
	for i := range list {
		list[i].Meta.Note = map[string]string{"prior": "glo"} // equal ones
	}
	if err := c.ReplaceAll(cache.Cells, list); err != nil {
		t.Fatal(err)
	}
	expect := func(i int, want string) {
		t.Helper()
		if note, ok := c.Note(cache.Cells, list[i].Key); note["prior"] != want || ok != (want != "") {
			t.Errorf("entry %d: %v, %v; want %q", i, note, ok, want)
		}
	}
	for i := range list {
		expect(i, "glo")
	}
	if _, ok := c.Note(cache.Priors, list[0].Key); ok {
		t.Error("a cell is a prior")
	}

	other := open(t, c.Dir())
	changed := items(grown)[0]
	changed.Meta.Note = map[string]string{"prior": "ridge"}
	if err := other.ReplaceAll(cache.Cells, []cache.Item{changed}); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(entryDir(c, cache.Cells, list[1].Key)); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"ridge", "", "glo"} {
		expect(i, want)
	}
	path := entryDir(c, cache.Cells, list[2].Key)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	missed := 0
	for i := 0; i < len(whole); i += 7 {
		flip(t, path, i)
		if _, ok := c.Note(cache.Cells, list[2].Key); !ok {
			missed++
		}
		overwrite(t, path, whole)
		expect(2, "glo")
	}
	if share := float64(missed) / float64(len(whole)/7); share < 0.2 || share > 0.5 { // a third, without files
		t.Errorf("%.2f of the bytes count", share)
	}
}
