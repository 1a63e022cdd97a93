package store_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sedlab/framework/store"
)

// link makes dir/name a link to a folder and returns it, or skips the test where
// links cannot be made.
func link(t *testing.T, to, dir, name string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.Symlink(to, path); err != nil {
		t.Skip(err)
	}
	return path
}

// A run that was moved elsewhere, with a link in its place, is a run like any other.
func TestLinkedRun(t *testing.T) {
	root, elsewhere := t.TempDir(), t.TempDir()
	r := create(t, root)
	if err := r.Finish(store.Done, now); err != nil {
		t.Fatal(err)
	}
	id, moved := r.Manifest.ID, filepath.Join(elsewhere, r.Manifest.ID)
	if err := os.Rename(r.Dir, moved); err != nil {
		t.Fatal(err)
	}
	file(t, planOf(key("a"), key("c")), moved, store.PlanFile)
	relative, err := filepath.Rel(root, moved)
	if err != nil {
		t.Fatal(err)
	}
	link(t, relative, root, id)

	if runs := list(t, root); len(runs) != 1 || runs[0].ID != id || runs[0].Status != store.Done {
		t.Errorf("listed: %+v", runs)
	}
	for _, name := range []string{"latest", id, id[:5], filepath.Join(root, "latest")} {
		if dir, err := store.Find(root, name); err != nil || dir != filepath.Join(root, id) {
			t.Errorf("Find(%q) = %s, %v; expected the link", name, dir, err)
		}
	}
	uses := func(want int) {
		t.Helper()
		if used, err := store.UsedKeys(root); err != nil || len(used) != want {
			t.Errorf("used are %v, %v; expected %d keys", used, err, want)
		}
	}
	uses(2)

	trashed, err := store.Remove(filepath.Join(root, id))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(trashed, store.ManifestFile)); err != nil {
		t.Errorf("the link does not lead to the run from the trash: %v", err)
	}
	uses(2)
	if n, err := store.EmptyTrash(root); n != 1 || err != nil {
		t.Errorf("%d deleted, %v", n, err)
	}
	uses(0)
	if _, err := store.ReadManifest(moved); err != nil {
		t.Errorf("the run itself: %v", err)
	}
}

// The folder of a link that leads nowhere may come back: nobody knows what it uses.
func TestLostRun(t *testing.T) {
	root := t.TempDir()
	lost := link(t, filepath.Join(root, "gone"), root, "lost")
	if runs := list(t, root); len(runs) != 1 || runs[0].Status != store.Unreadable || !strings.Contains(runs[0].Problem, "leads nowhere") {
		t.Errorf("listed: %+v", runs)
	}
	if _, err := store.UsedKeys(root); err == nil || !strings.Contains(err.Error(), lost) {
		t.Errorf("used keys: %v; expected an error about %s", err, lost)
	}
	if dir, err := store.Find(root, "lost"); err != nil || dir != lost {
		t.Errorf("found %s, %v", dir, err)
	}
	if _, err := store.Remove(lost); err != nil {
		t.Fatal(err)
	}
	if n, err := store.EmptyTrash(root); n != 1 || err != nil {
		t.Errorf("%d deleted, %v", n, err)
	}
	if _, err := store.Remove(lost); err == nil {
		t.Error("removed twice")
	}
}
