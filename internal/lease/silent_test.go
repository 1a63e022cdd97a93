package lease_test

import (
	"cmp"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sedlab/internal/lease"
)

// A lease that was lost stays lost, whatever the disk says afterwards.
func TestLostIsLost(t *testing.T) {
	t.Parallel()
	f := folder(t)
	l := take(t, f, "x")
	files, err := filepath.Glob(filepath.Join(f.Dir, "x", "*"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	away := filepath.Join(t.TempDir(), "file")
	if err := os.Rename(files[0], away); err != nil {
		t.Fatal(err)
	}
	<-l.Lost()
	if err := os.Rename(away, files[0]); err != nil {
		t.Fatal(err)
	}
	if err := l.Held(); !errors.Is(err, lease.ErrLost) {
		t.Errorf("held: %v", err)
	}
	if err := l.Release(); err != nil {
		t.Error(err)
	}
}

// Whoever looks only once finds out who is alive, whatever its clock says, or soon says that it did not.
func TestWatch(t *testing.T) {
	for name, x := range map[string]struct {
		ahead         time.Duration // of the file system's clock, or of the last beat
		blind         bool          // the file system's clock cannot be seen, as nothing can be written
		beats, leaves bool
		alive, silent int
		doubts        int
		length        time.Duration // of the lease, if it is not short
		doubted       bool
	}{
		"dead, clock behind":    {ahead: -time.Hour, blind: true, silent: 1, doubts: 1},
		"dead, clock ahead":     {ahead: time.Hour, silent: 1, doubts: 1},
		"living, clock behind":  {ahead: -time.Hour, blind: true, beats: true, alive: 1, doubts: 1},
		"living, clock ahead":   {ahead: time.Hour, beats: true, alive: 1, doubts: 1},
		"leaving, clock behind": {ahead: -time.Hour, blind: true, leaves: true, doubts: 1},
		"clocks agree":          {alive: 1, length: time.Hour},
		"dead for five leases":  {ahead: -5 * time.Hour, silent: 1, length: time.Hour},
		"dead for two leases":   {ahead: -2 * time.Hour, alive: 1, doubts: 1, length: time.Hour, doubted: true},
		"living, long lease":    {ahead: -2 * time.Hour, beats: true, alive: 1, doubts: 1, length: time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := folder(t)
			f.Length = cmp.Or(x.length, short)
			for _, name := range []string{"x", "other"} {
				l := take(t, f, name)
				foreign(t, f, name)
				l.Die()
				beat(t, f, name, x.ahead)
			}
			from, doubts := beside(f), 0
			if x.blind {
				from.Tmp = filepath.Join(f.Tmp, "none")
			}
			waiting := func(h lease.Holder, length time.Duration) {
				doubts++
				if h.PID != os.Getpid() || length != short {
					t.Errorf("waits %v for %v", length, h)
				}
				if x.leaves {
					if err := os.RemoveAll(filepath.Join(f.Dir, "x")); err != nil {
						t.Error(err)
					}
				}
				if x.beats {
					beat(t, f, "x", x.ahead+time.Millisecond)
				}
			}
			alive, silent, err := from.Watch(t.Context(), short, func(name string, _ lease.Holder) bool { return name == "x" }, waiting)
			if err != nil || len(alive) != x.alive || len(silent) != x.silent || doubts != x.doubts || alive["x"].Doubted != x.doubted {
				t.Errorf("alive %+v, silent %v, %d doubts, %v", alive, silent, doubts, err)
			}
			if left := list(t, f.Tmp); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

// beat gives the file of a lease the present time of a clock.
func beat(t *testing.T, f *lease.Folder, name string, ahead time.Duration) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(f.Dir, name, "*"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	at := time.Now().Add(ahead)
	if err := os.Chtimes(files[0], at, at); err != nil {
		t.Fatal(err)
	}
}

// Folders that are opened one after the other judge by what all of them have seen, and forget what
// is gone.
func TestSightings(t *testing.T) {
	t.Parallel()
	f, seen := folder(t), new(lease.Sightings)
	l := take(t, f, "x")
	foreign(t, f, "x")
	l.Die()
	looks := 0
	for ; ; time.Sleep(short / 8) {
		again := beside(f)
		again.Seen = seen
		all, err := again.Holders()
		if err != nil {
			t.Fatal(err)
		}
		if len(all) == 0 {
			break
		}
		looks++
	}
	if looks < 4 { // each look counts for a quarter of the lease at most
		t.Errorf("dead after %d looks", looks)
	}
	if lease.Known(seen) != 1 {
		t.Errorf("%d leases are known", lease.Known(seen))
	}
	if err := os.RemoveAll(filepath.Join(f.Dir, "x")); err != nil {
		t.Fatal(err)
	}
	again := beside(f)
	again.Seen = seen
	if _, err := again.Holders(); err != nil || lease.Known(seen) != 0 {
		t.Errorf("%d leases are known that are gone, %v", lease.Known(seen), err)
	}
}
