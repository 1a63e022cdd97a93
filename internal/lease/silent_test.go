package lease_test

import (
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

// A holder that has been silent for several lengths of its lease says for how long.
func TestSilentHolder(t *testing.T) {
	t.Parallel()
	f := folder(t)
	l := take(t, f, "x")
	foreign(t, f, "x")
	l.Die()
	for _, age := range []time.Duration{0, time.Hour} {
		files, err := filepath.Glob(filepath.Join(f.Dir, "x", "*"))
		if err != nil || len(files) != 1 {
			t.Fatal(files, err)
		}
		at := time.Now().Add(-age)
		if err := os.Chtimes(files[0], at, at); err != nil {
			t.Fatal(err)
		}
		h, err := beside(f).Holder("x")
		if err != nil || h == nil || h.Silent().Round(time.Minute) != age {
			t.Errorf("%v ago: %v, %v", age, h, err)
		}
	}
}
