package store_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"sedlab/framework/cache"
	"sedlab/framework/store"
)

// file writes a file of a folder that may not be there yet.
func file(t *testing.T, text string, path ...string) {
	t.Helper()
	name := filepath.Join(path...)
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func key(digit string) cache.Key { return cache.Key(strings.Repeat(digit, 64)) }

func planOf(training, cell cache.Key) string {
	return fmt.Sprintf(`{"trainings": [{"key": %q}], "cells": [{"key": %q}]}`, training, cell)
}

func TestUsedKeysAreOfRunsAndOfTheTrash(t *testing.T) {
	root := t.TempDir()
	file(t, planOf(key("a"), key("c")), root, "new", store.PlanFile)
	file(t, planOf(key("a"), key("d")), root, store.TrashFolder, "removed", store.PlanFile)
	file(t, `{"id": "old", "status": "done"}`, root, "old", store.ManifestFile) // before there were plans
	file(t, "of the cache", root, store.CacheFolder, store.SpecFile)
	file(t, "no run", root, "notes", "x")
	file(t, "half", root, ".new-1", store.SpecFile)
	used, err := store.UsedKeys(root)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := slices.Sorted(maps.Keys(used)), []cache.Key{key("a"), key("c"), key("d")}; !slices.Equal(got, want) {
		t.Errorf("used are %v, want %v", got, want)
	}
	if _, err := store.EmptyTrash(root); err != nil {
		t.Fatal(err)
	}
	if used, err := store.UsedKeys(root); err != nil || len(used) != 2 || used[key("d")] {
		t.Errorf("used with an empty trash are %v, %v", used, err)
	}
}

func TestUsedKeysRefusesWhatDoesNotTell(t *testing.T) {
	for name, tc := range map[string]struct {
		hint  string
		write func(t *testing.T, run string)
	}{
		"no plan or manifest": {"manifest.json", func(t *testing.T, run string) { file(t, "", run, store.SpecFile) }},
		"no plan or status":   {"no plan.json", func(t *testing.T, run string) { file(t, `{"id": "x"}`, run, store.ManifestFile) }},
		"no JSON":             {"plan.json", func(t *testing.T, run string) { file(t, "{", run, store.PlanFile) }},
		"no key":              {`"abc" is not a key`, func(t *testing.T, run string) { file(t, `{"cells":[{"key":"abc"}]}`, run, store.PlanFile) }},
		"no training's key":   {`"" is not a key`, func(t *testing.T, run string) { file(t, planOf("", key("b")), run, store.PlanFile) }},
		"a pipe": {"not a regular file", func(t *testing.T, run string) {
			file(t, "", run, store.SpecFile)
			if err := syscall.Mkfifo(filepath.Join(run, store.PlanFile), 0o666); err != nil {
				t.Skip(err)
			}
		}},
	} {
		for _, folder := range []string{".", store.TrashFolder} {
			t.Run(name+" in "+folder, func(t *testing.T) {
				root := t.TempDir()
				tc.write(t, filepath.Join(root, folder, "bad"))
				_, err := store.UsedKeys(root)
				if err == nil || !strings.Contains(err.Error(), tc.hint) || !strings.Contains(err.Error(), filepath.Join(folder, "bad")) {
					t.Errorf("got %v; want an error that names the run and %s", err, tc.hint)
				}
			})
		}
	}
	if _, err := store.UsedKeys(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a folder that is not there uses nothing")
	}
}
