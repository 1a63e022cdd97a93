package lease_test

import (
	"testing"
	"time"
)

// While who watches is paused too, or cannot reach the disk, it hears no silence.
func TestWatchersThatDoNotLook(t *testing.T) {
	t.Parallel()
	f := folder(t)
	dead := take(t, f, "x")
	foreign(t, f, "x")
	dead.Die()
	watch := beside(f)
	for range 3 {
		if h, err := watch.Holder("x"); h == nil || err != nil {
			t.Fatalf("%v after few looks: %v", h, err)
		}
		time.Sleep(3 * short / 2)
	}
	l, err := watch.Take(t.Context(), "x", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Release(); err != nil {
		t.Error(err)
	}
}
