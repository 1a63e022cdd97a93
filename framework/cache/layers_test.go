package cache_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sedlab/framework/cache"
)

// openLayers opens a cache of several folders, until the test ends.
func openLayers(t *testing.T, dirs ...string) *cache.Cache {
	t.Helper()
	c, err := cache.Open(t.Context(), 0, dirs...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// layer returns the folder of a closed cache, filled by fill.
func layer(t *testing.T, fill func(*cache.Cache)) string {
	t.Helper()
	dir := t.TempDir()
	c, err := cache.Open(t.Context(), 0, dir)
	if err != nil {
		t.Fatal(err)
	}
	fill(c)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestLayersAreSearchedInOrder(t *testing.T) {
	mine, other := t.TempDir(), t.TempDir()
	var theirs, both, state cache.Key
	lower := layer(t, func(c *cache.Cache) {
		theirs, both = put(t, c, cache.Priors, "theirs"), put(t, c, cache.Cells, "both")
		state, _ = ingredients("begun")
		if err := c.Checkpoint(state).Save(save("epoch 10")); err != nil {
			t.Fatal(err)
		}
	})
	c := openLayers(t, mine, lower, layer(t, func(*cache.Cache) {}))
	if !slices.Equal(c.Dirs()[:2], []string{mine, lower}) || c.Dir() != mine {
		t.Errorf("folders: %v", c.Dirs())
	}
	whole(t, c, cache.Priors, theirs)
	if data, err := c.Checkpoint(state).Restore(); string(data) != "epoch 10" || err != nil {
		t.Errorf("restored %q, %v", data, err)
	}
	_, meta := ingredients("both")
	if err := c.Replace(cache.Cells, both, meta, writeGrown); err != nil {
		t.Fatal(err)
	}
	holds(t, c, cache.Cells, both, grown)
	var from []bool
	for e, err := range c.All(cache.Cells, both) {
		if err != nil {
			t.Fatal(err)
		}
		from = append(from, e.OnlyRead())
	}
	if !slices.Equal(from, []bool{false, true}) {
		t.Errorf("entries are only read: %v; want the one of the second folder", from)
	}
	n := 0
	for range c.Entries(cache.Cells) {
		n++
	}
	if n != 2 || !c.Has(cache.Priors, theirs) {
		t.Errorf("%d entries", n)
	}
	if _, err := cache.Open(t.Context(), 0, mine, filepath.Join(other, "typo")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a second folder that does not exist: %v", err)
	}
	used := func() (map[cache.Key]bool, error) { return nil, nil }
	var busy *cache.InUseError
	if _, err := cache.Prune(t.Context(), lower, cache.PruneOptions{Used: used}); !errors.As(err, &busy) {
		t.Errorf("prune of a cache that another process reads: %v", err)
	}
}

func TestDamageInALowerLayerStays(t *testing.T) {
	var key, state cache.Key
	lower := layer(t, func(c *cache.Cache) {
		key = put(t, c, cache.Cells, "bad")
		state, _ = ingredients("begun")
		if err := c.Checkpoint(state).Save(save("epoch 10")); err != nil {
			t.Fatal(err)
		}
	})
	before := names(t, lower, "damaged")
	weights := filepath.Join(lower, "cells", string(key[:2]), string(key), "weights")
	flip(t, weights, 3)
	flip(t, filepath.Join(lower, "checkpoints", string(state)+".checkpoint"), 0)
	c := openLayers(t, t.TempDir(), lower)
	var d *cache.DamagedError
	if e, err := c.Get(cache.Cells, key); e != nil || !errors.As(err, &d) || !strings.Contains(err.Error(), "only read") {
		t.Errorf("get: %v, %v", e, err)
	}
	if data, err := c.Checkpoint(state).Restore(); data != nil || !errors.As(err, &d) {
		t.Errorf("restored %q, %v", data, err)
	}
	if _, err := os.Stat(weights); err != nil || !slices.Equal(names(t, lower, "damaged"), before) {
		t.Errorf("another's damaged entry was moved: %v, %v", err, names(t, lower, "damaged"))
	}
	put(t, c, cache.Cells, "bad")
	whole(t, c, cache.Cells, key) // ours
	fine := openLayers(t, t.TempDir(), lower, c.Dir())
	if e, err := fine.Get(cache.Cells, key); e == nil || !errors.As(err, &d) {
		t.Errorf("get with an intact entry in a further folder: %v, %v", e, err)
	}
}

// A damaged state does not hide an intact one in a further folder.
func TestAStateBehindADamagedOne(t *testing.T) {
	key, _ := ingredients("begun")
	begin := func(c *cache.Cache) {
		if err := c.Checkpoint(key).Save(save("epoch 10")); err != nil {
			t.Fatal(err)
		}
	}
	bad, good := layer(t, begin), layer(t, begin)
	flip(t, filepath.Join(bad, "checkpoints", string(key)+".checkpoint"), 0)
	c := openLayers(t, bad, good)
	var d *cache.DamagedError
	if data, err := c.Checkpoint(key).Restore(); string(data) != "epoch 10" || !errors.As(err, &d) {
		t.Errorf("restored %q, %v", data, err)
	}
	if data, err := c.Checkpoint(key).Restore(); string(data) != "epoch 10" || err != nil {
		t.Errorf("restored again %q, %v; want the damaged one set aside", data, err)
	}
}
