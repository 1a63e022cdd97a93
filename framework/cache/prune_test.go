package cache_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sedlab/framework/cache"
)

func TestVerifySetsDamagedAside(t *testing.T) {
	c := open(t, t.TempDir())
	good, bad := put(t, c, cache.Cells, "good"), put(t, c, cache.Priors, "bad")
	for _, key := range []cache.Key{good, bad} {
		if err := c.Checkpoint(key).Save(save("epoch 1")); err != nil {
			t.Fatal(err)
		}
	}
	r, err := c.Verify(t.Context())
	if err != nil || r.Entries != 2 || r.Checkpoints != 2 || len(r.Damaged) != 0 || r.Bytes != 2*23+2*7 {
		t.Fatalf("verify: %+v, %v", r, err)
	}
	flip(t, filepath.Join(entryDir(c, cache.Priors, bad), "weights"), 4)
	flip(t, filepath.Join(c.Dir(), "checkpoints", string(bad)+".checkpoint"), 4)
	overwrite(t, filepath.Join(c.Dir(), "digests", "1-2.json"), []byte("{}"))
	if r, err = c.Verify(t.Context()); err != nil || len(r.Damaged) != 3 || r.Bytes != 23+7 {
		t.Fatalf("verify of the damaged: %+v, %v", r, err)
	}
	for i, item := range []string{"priors-" + string(bad), string(bad) + ".checkpoint", "1-2.json"} {
		if r.Damaged[i].Item != item {
			t.Errorf("damaged is %s, want %s", r.Damaged[i].Item, item)
		}
	}
	whole(t, c, cache.Cells, good)
	missing(t, c, cache.Priors, bad)
	if r, err = c.Verify(t.Context()); err != nil || r.Entries != 1 || r.Checkpoints != 1 || len(r.Damaged) != 0 {
		t.Errorf("verify again: %+v, %v", r, err)
	}
}

// filled returns a cache that is closed and holds two entries, a checkpoint, a
// damaged item and a leftover of a dead process.
func filled(t *testing.T) (dir string, kept, other cache.Key) {
	t.Helper()
	dir = t.TempDir()
	c, err := cache.Open(t.Context(), 0, dir)
	if err != nil {
		t.Fatal(err)
	}
	kept, other = put(t, c, cache.Cells, "kept"), put(t, c, cache.Cells, "other")
	err = c.Checkpoint(other).Save(save("epoch 1"))
	overwrite(t, filepath.Join(dir, "damaged", "x"), []byte("1234"))
	overwrite(t, filepath.Join(dir, "tmp", "dead", "half"), []byte("1234"))
	if err := errors.Join(err, c.Close()); err != nil {
		t.Fatal(err)
	}
	return dir, kept, other
}

func TestPrune(t *testing.T) {
	dir, kept, other := filled(t)
	used := func() (map[cache.Key]bool, error) { return map[cache.Key]bool{kept: true}, nil }
	for _, o := range []cache.PruneOptions{{Used: used, DryRun: true}, {Used: used, OlderThan: time.Hour}} {
		removed, err := cache.Prune(t.Context(), dir, o)
		if want := 3; err != nil || o.DryRun && len(removed) != want || !o.DryRun && len(removed) != 0 {
			t.Errorf("dry %v, older than %v: %+v, %v", o.DryRun, o.OlderThan, removed, err)
		}
	}
	removed, err := cache.Prune(t.Context(), dir, cache.PruneOptions{Used: used})
	if err != nil || len(removed) != 3 {
		t.Fatalf("prune: %+v, %v", removed, err)
	}
	if r := removed[0]; r.Kind != cache.Cells || r.Name != string(other) || r.Note["prior"] != "other" || r.Bytes < 23 {
		t.Errorf("removed first: %+v", r)
	}
	if r := removed[1]; r.Kind != cache.Checkpoints || r.Name != string(other) {
		t.Errorf("removed second: %+v", r)
	}
	if r := removed[2]; r.Kind != "damaged" || r.Name != "x" || r.Bytes != 4 {
		t.Errorf("removed third: %+v", r)
	}
	for _, folder := range []string{"tmp", "damaged", "checkpoints"} {
		if left := names(t, dir, folder); len(left) > 0 {
			t.Errorf("%s holds %v", folder, left)
		}
	}
	c := open(t, dir)
	whole(t, c, cache.Cells, kept)
	missing(t, c, cache.Cells, other)
}

func TestPruneRefusesWhileOpen(t *testing.T) {
	dir, _, other := filled(t)
	o := cache.PruneOptions{Used: nothing}
	pid, kill := holder(t, dir)
	defer kill()
	_, err := cache.Prune(t.Context(), dir, o)
	var busy *cache.InUseError
	if !errors.As(err, &busy) || len(busy.Holders) != 1 || busy.Holders[0].PID != pid {
		t.Errorf("prune of an open cache: %v; want process %d", err, pid)
	}
	if host, _ := os.Hostname(); err != nil && !strings.Contains(err.Error(), host) {
		t.Errorf("%v; want the host %s", err, host)
	}
	c := open(t, dir)
	whole(t, c, cache.Cells, other)
	kill()
	if _, err := cache.Prune(t.Context(), dir, o); !errors.As(err, &busy) || busy.Holders[0].PID != os.Getpid() {
		t.Errorf("prune while this process has it open: %v", err)
	}
}

func TestOpenWaitsForPrune(t *testing.T) {
	dir, kept, other := filled(t)
	_, err := cache.Prune(t.Context(), dir, cache.PruneOptions{Used: func() (map[cache.Key]bool, error) {
		short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		if _, err := cache.Open(short, 0, dir); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("open in the middle of a prune: %v", err)
		}
		return nil, errors.New("stop")
	}})
	if err == nil || !strings.Contains(err.Error(), "stop") {
		t.Errorf("prune that does not know what is used: %v", err)
	}
	c := open(t, dir)
	whole(t, c, cache.Cells, kept)
	whole(t, c, cache.Cells, other)
}

// nothing is what no run uses.
func nothing() (map[cache.Key]bool, error) { return nil, nil }

func TestPruneMakesNoCache(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "none")
	if _, err := cache.Prune(t.Context(), dir, cache.PruneOptions{Used: nothing}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("prune of no cache: %v", err)
	}
}

func TestPruneAfterAKill(t *testing.T) {
	dir, _, other := filled(t)
	_, kill := holder(t, dir)
	kill()
	removed, err := cache.Prune(t.Context(), dir, cache.PruneOptions{Used: nothing})
	if err != nil || len(removed) != 4 {
		t.Errorf("prune: %+v, %v", removed, err)
	}
	if left := names(t, dir, "locks", "open"); len(left) > 0 {
		t.Errorf("locks/open holds %v", left)
	}
	missing(t, open(t, dir), cache.Cells, other)
}
