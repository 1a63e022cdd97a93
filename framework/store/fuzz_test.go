package store_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sedlab/datasets"
	"sedlab/framework/cache"
	"sedlab/framework/store"
	"sedlab/internal/sealed"
	"sedlab/internal/settings"
)

// overwrite replaces a file of a folder.
func overwrite(t *testing.T, dir, name string, text []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), text, 0o666); err != nil {
		t.Fatal(err)
	}
}

// seal returns the sealed text of a JSON object, or of any v.
func seal(t testing.TB, v any) []byte {
	t.Helper()
	text, err := sealed.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// A manifest, with a checksum or without, is damaged, or can be written and read again.
func FuzzManifest(f *testing.F) {
	m := store.NewManifest("demo", now, []string{"sedlab", "run", "demo"})
	m.ID, m.Status, m.Finished, m.Claims = "demo-1", store.Done, &now, json.RawMessage(`[{"claim": "low"}]`)
	m.Resumed = []store.Resumption{{Time: now, Module: m.Module, System: m.System}}
	m.Files = map[string]string{store.SignalsFile: strings.Repeat("0", 64)}
	m.Datasets = []store.Dataset{{Name: "synthetic", SplitSeed: 1, Counts: new(datasets.Counts)}}
	text, err := json.Marshal(m)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"id": "x", "status": "odd", "started": "0001-01-01T00:00:00+23:59", "claims": null, "git": null}`))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte) {
		if json.Valid(text) {
			overwrite(t, dir, store.ManifestFile, seal(t, json.RawMessage(text)))
			rereads(t, dir)
		}
		overwrite(t, dir, store.ManifestFile, text)
		rereads(t, dir)
	})
}

// rereads checks that the manifest in dir, unless it is damaged, reads the same after it
// was written.
func rereads(t *testing.T, dir string) {
	t.Helper()
	m, err := store.ReadManifest(dir)
	if err != nil {
		return
	}
	text := seal(t, m)
	overwrite(t, dir, store.ManifestFile, text)
	again, err := store.ReadManifest(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got := seal(t, again); !bytes.Equal(got, text) {
		t.Errorf("a manifest was read, written and read: (-read +read again)\n%s", cmp.Diff(string(text), string(got)))
	}
}

func FuzzTags(f *testing.F) {
	f.Add([]byte("[\"a\",\"v1.2\"]\n"))
	f.Add([]byte(`[1]`))
	f.Add([]byte("null"))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte) {
		overwrite(t, dir, store.TagsFile, text)
		tags, err := store.ReadTags(dir)
		if err != nil {
			return
		}
		again, err := json.Marshal(tags)
		if err != nil {
			t.Fatal(err)
		}
		overwrite(t, dir, store.TagsFile, again)
		if got, err := store.ReadTags(dir); err != nil || !slices.Equal(got, tags) {
			t.Errorf("%q: read %q, written as %s and read as %q, %v", text, tags, again, got, err)
		}
	})
}

func FuzzNote(f *testing.F) {
	f.Add("")
	f.Add("λ\ttoo large\n\n")
	f.Add("\xff\n")
	f.Add(strings.Repeat("x", store.MaxNote+1))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		overwrite(t, dir, store.NoteFile, []byte(text))
		want := strings.TrimSuffix(text, "\n")
		got, err := store.ReadNote(dir)
		if wrong := store.CheckNote(want); (err == nil) != (wrong == nil) || err == nil && got != want {
			t.Errorf("%q: read %q, %v; expected the text, or %v", text, got, err, wrong)
		}
	})
}

// A plan is damaged, or every key that it names is one.
func FuzzUsedKeys(f *testing.F) {
	f.Add([]byte(planOf(key("a"), key("c"))))
	f.Add([]byte(`{"cells": null, "name": "x"}`))
	f.Add([]byte(`{"trainings": [null], "cells": [{"Key": 1}]}`))
	root := f.TempDir()
	dir := filepath.Join(root, "run")
	if err := os.Mkdir(dir, 0o777); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if json.Valid(text) {
			overwrite(t, dir, store.PlanFile, seal(t, json.RawMessage(text)))
			namesKeys(t, root, dir)
		}
		overwrite(t, dir, store.PlanFile, text)
		namesKeys(t, root, dir)
	})
}

// namesKeys checks that the keys of the plan in dir, the only run of root, are those that
// it would have if it named nothing else.
func namesKeys(t *testing.T, root, dir string) {
	t.Helper()
	used, err := store.UsedKeys(root)
	if err != nil {
		return
	}
	type step struct {
		Key cache.Key `json:"key"`
	}
	var cells []step
	for key := range used {
		if !key.Valid() {
			t.Errorf("%q is not a key", key)
		}
		cells = append(cells, step{key})
	}
	overwrite(t, dir, store.PlanFile, seal(t, map[string][]step{"cells": cells}))
	if again, err := store.UsedKeys(root); err != nil || !maps.Equal(again, used) {
		t.Errorf("a plan of %v names %v, %v", used, again, err)
	}
}

// A condition that can be read holds of its own value, and its opposite does not.
func FuzzParseCondition(f *testing.F) {
	for _, c := range [][2]string{
		{"priors.glo.code_dim", "50"}, {" f ", "1e-5"}, {"name", "demo"}, {"on", "true"}, {"empty", ""}, {"hidden", "[8, {a: 8}]"}, {"quoted", `"50"`},
	} {
		f.Add(c[0], c[1])
	}
	f.Fuzz(func(t *testing.T, key, value string) {
		if strings.ContainsAny(key, "!<>=") || strings.HasPrefix(value, "=") {
			t.Skip("this is another condition")
		}
		parsed := map[string]store.Condition{}
		var failed error
		for _, op := range []string{"=", "!=", "<", "<=", ">", ">="} {
			c, err := store.ParseCondition(key + op + value)
			if parsed[op] = c; err != nil {
				failed = err
			}
		}
		if failed != nil {
			if _, err := store.ParseCondition(key + "=" + value); err == nil {
				t.Errorf("only some conditions of %q and %q can be read: %v", key, value, failed)
			}
			return
		}
		c := parsed["="]
		is := settings.List{{Key: c.Key, Value: c.Value}}
		_, number := c.Value.(float64)
		_, text := c.Value.(string)
		for op, want := range map[string]bool{"=": true, "!=": false, "<": false, "<=": number || text, ">": false, ">=": number || text} {
			if got := holds(parsed[op], is); got != want {
				t.Errorf("%s %s %s is %t of %v", key, op, value, got, is)
			}
		}
	})
}
