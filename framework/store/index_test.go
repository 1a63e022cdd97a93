package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sedlab/framework/store"
)

func list(t *testing.T, root string) []store.Summary {
	t.Helper()
	runs, err := store.List(root)
	if err != nil {
		t.Fatal(err)
	}
	return runs
}

func readIndex(t *testing.T, root string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, store.IndexFile))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestListIsTheSameWithAnIndexAndWithout(t *testing.T) {
	root := t.TempDir()
	makeRuns(t, root, 20)
	cold := list(t, root)
	if len(cold) != 20 || cold[3].Name != "demo" || cold[3].Cells.Done != 20 || !cold[3].Started.Equal(now.Add(3*time.Minute)) {
		t.Fatalf("%d runs, the fourth %+v", len(cold), cold[3])
	}
	if v, prior, ok := cold[3].Best("mse"); !ok || v != 0.003 || prior != "glo" {
		t.Errorf("best %g of %s, %t", v, prior, ok)
	}
	if v, _ := cold[3].Spec.Get("priors.glo.code_dim"); v != 3.0 {
		t.Errorf("code_dim %v", v)
	}
	index := readIndex(t, root)
	if d := cmp.Diff(cold, list(t, root)); d != "" {
		t.Errorf("with an index: %s", d)
	}
	for name, damage := range map[string]func() []byte{
		"a flipped bit":   func() []byte { b := bytes.Clone(index); b[len(b)/2] ^= 1; return b },
		"half of it":      func() []byte { return index[:len(index)/2] },
		"another version": func() []byte { return bytes.Replace(index, []byte("runs 1"), []byte("runs 0"), 1) },
		"nothing":         func() []byte { return nil },
	} {
		if err := os.WriteFile(filepath.Join(root, store.IndexFile), damage(), 0o666); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(cold, list(t, root)); d != "" {
			t.Errorf("%s: %s", name, d)
		}
		if !bytes.Equal(readIndex(t, root), index) {
			t.Errorf("%s: the index was not made again", name)
		}
	}
}

func TestListDoesNotNeedAnIndex(t *testing.T) {
	root := t.TempDir()
	makeRuns(t, root, 3)
	if err := os.MkdirAll(filepath.Join(root, store.IndexFile, "in the way"), 0o777); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if runs := list(t, root); len(runs) != 3 || runs[0].Problem != "" {
			t.Errorf("runs %+v", runs)
		}
	}
}

func TestListSeesEveryChange(t *testing.T) {
	root := t.TempDir()
	makeRuns(t, root, 3)
	ids := []string{}
	for _, s := range list(t, root) {
		ids = append(ids, s.ID)
	}
	if _, err := store.Tag(filepath.Join(root, ids[0]), "+good"); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(root, ids[1]), filepath.Join(root, "renamed")); err != nil {
		t.Fatal(err)
	}
	spec := filepath.Join(root, ids[2], store.SpecFile)
	if err := os.WriteFile(spec, []byte("seed: 7\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for range 2 { // what has just changed may change again within a tick of the clock
		runs := list(t, root)
		if len(runs) != 3 || !cmp.Equal(runs[0].Tags, []string{"good"}) || runs[2].ID != "renamed" {
			t.Fatalf("runs %+v", runs)
		}
		if v, _ := runs[1].Spec.Get("seed"); v != 7.0 {
			t.Errorf("seed %v", v)
		}
	}
}

func TestListSaysWhatItCannotRead(t *testing.T) {
	root := t.TempDir()
	for _, dir := range []string{"empty", "broken", "folder/manifest.json", "cache/priors", ".trash/old", "bomb", "huge"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	bomb := "a: &a [1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\n" +
		"d: &d [*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e]\n"
	for name, text := range map[string]string{
		"broken/manifest.json": `{"id": 3}`, "bomb/manifest.json": `{"id": "x"}`, "bomb/spec.yaml": bomb,
		"bomb/tags.json": "[1]", "huge/manifest.json": strings.Repeat(" ", 17<<20), "stray": "",
	} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("empty", filepath.Join(root, "latest")); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"empty": "no manifest.json", "broken": "manifest.json: json", "folder": "is a directory",
		"bomb": "tags.json", "huge": "expected at most",
	}
	for _, s := range list(t, root) {
		problem, ok := want[s.ID]
		if !ok || !strings.Contains(s.Problem, problem) || s.Status != store.Unreadable && s.ID != "bomb" {
			t.Errorf("%s: status %q, problem %q; expected %q", s.ID, s.Status, s.Problem, problem)
		}
		delete(want, s.ID)
	}
	if len(want) > 0 {
		t.Errorf("not listed: %v", want)
	}
}

func TestListOfNothing(t *testing.T) {
	if runs, err := store.List(filepath.Join(t.TempDir(), "none")); err != nil || len(runs) != 0 {
		t.Errorf("%v, %v", runs, err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := store.List(file); err == nil {
		t.Error("a file was listed")
	}
}

func TestListTellsTheKilledFromTheRunning(t *testing.T) {
	root := t.TempDir()
	alive := create(t, root)
	defer alive.Finish(store.Done, now) // until then it holds its lock
	want := map[string]store.Status{alive.Manifest.ID: store.Running, "dead": store.Killed, "unlocked": store.Killed}
	for _, name := range []string{"dead", "unlocked"} {
		if err := os.CopyFS(filepath.Join(root, name), os.DirFS(alive.Dir)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(filepath.Join(root, "unlocked", store.LockFile)); err != nil {
		t.Fatal(err)
	}
	for _, s := range list(t, root) {
		if s.Status != want[s.ID] {
			t.Errorf("%s: %s, expected %s", s.ID, s.Status, want[s.ID])
		}
	}
	if _, err := os.Stat(filepath.Join(root, "unlocked", store.LockFile)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("asking made a lock: %v", err)
	}
}

func TestListAtOnceIsHarmless(t *testing.T) {
	root := t.TempDir()
	makeRuns(t, root, 30)
	var group sync.WaitGroup
	failures := make([]error, 8)
	for i := range failures {
		group.Go(func() {
			runs, err := store.List(root)
			if err != nil || len(runs) != 30 {
				failures[i] = fmt.Errorf("%d runs, %w", len(runs), err)
			}
		})
	}
	group.Wait()
	if err := errors.Join(failures...); err != nil {
		t.Error(err)
	}
	if names, _ := filepath.Glob(filepath.Join(root, ".*.tmp")); len(names) > 0 {
		t.Errorf("left over: %v", names)
	}
}
