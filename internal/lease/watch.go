package lease

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"time"

	"sedlab/internal/disk"
)

// Sightings are what was seen of leases, and for how long each has not changed. Several Folders may
// share them, one after the other, so that silence counts from the first look on.
type Sightings struct {
	mu   sync.Mutex
	seen map[string]sighting // by the folder of the lease
}

type sighting struct {
	as     string
	at     time.Time // of the last look, with its monotonic clock
	silent time.Duration
}

func (f *Folder) sightings() *Sightings {
	if f.Seen != nil {
		return f.Seen
	}
	return &f.own
}

// silent notes how a lease looks, and reports whether it has looked so for its length.
func (s *Sightings) silent(dir string, l *found) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	last, known := s.seen[dir]
	if as := l.file + l.as; !known || last.as != as {
		last = sighting{as: as, at: time.Now()}
	}
	// Who did not look, because it was paused or could not reach the disk either, heard no silence.
	last.silent += min(time.Since(last.at), l.length/beats)
	last.at = time.Now()
	if s.seen == nil {
		s.seen = map[string]sighting{}
	}
	s.seen[dir] = last
	return last.silent >= l.length
}

func (s *Sightings) forget(dir string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.seen, dir)
}

// keep forgets the leases in a folder that are not there any more.
func (s *Sightings) keep(folder string, there map[string]bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	folder = filepath.Clean(folder)
	for dir := range s.seen {
		if filepath.Dir(dir) == folder && !there[dir] {
			delete(s.seen, dir)
		}
	}
}

// fresh reports whether the holder's last beat seems no older than its lease, by the clock of this
// machine. However wrong that is, it takes a dead holder for a living one for two leases at most.
func (h Holder) fresh() bool { return time.Since(h.Beat).Abs() <= h.length }

// longDead is after how many leases of silence, by the clock of the file system, Watch takes somebody for
// dead at once.
const longDead = 4

// Watch is Holders for somebody who has not looked before, and asks only about some. Whoever is in
// doubt is watched until it beats, or has been silent for its lease, but not for longer than most:
// waiting is called with the one whose lease is the longest, and the time that this takes. It returns who
// is alive, or Doubted, and who has fallen silent.
func (f *Folder) Watch(ctx context.Context, most time.Duration, asked func(name string, h Holder) bool, waiting func(Holder, time.Duration)) (alive, silent map[string]Holder, err error) {
	w := &watch{asked: asked, doubted: map[string]Holder{}, now: sync.OnceValues(f.now)}
	var end time.Time
	for first := true; ; first = false {
		late := !first && time.Now().After(end)
		if alive, err = f.Holders(); err != nil {
			return nil, nil, err
		}
		if first { // after the first look: who has a lease of the length most is known then
			end = time.Now().Add(most)
		}
		open := w.judge(alive, first)
		if late {
			for name, h := range open {
				delete(w.doubted, name)
				h.Doubted = true
				alive[name] = h
			}
		}
		if late || len(open) == 0 {
			break
		}
		h := longest(open)
		if first {
			waiting(h, min(h.length, most))
		}
		select {
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		case <-time.After(min(time.Second, h.length/(2*beats))):
		}
	}
	maps.DeleteFunc(w.doubted, func(name string, _ Holder) bool {
		l, _ := read(filepath.Join(f.Dir, name))
		return l == nil // it was given back
	})
	return alive, w.doubted, nil
}

// watch is what Watch has seen.
type watch struct {
	asked   func(name string, h Holder) bool
	doubted map[string]Holder // at first, and not heard of since
	now     func() (time.Time, error)
}

// judge removes those from alive who are not asked about, or long dead, and returns those whom it is still
// in doubt about.
func (w *watch) judge(alive map[string]Holder, first bool) (open map[string]Holder) {
	open = map[string]Holder{}
	for name, h := range alive {
		was, known := w.doubted[name]
		switch {
		case !w.asked(name, h):
			delete(alive, name)
		case known && !was.Beat.Equal(h.Beat):
			delete(w.doubted, name)
		case known, first && !h.Here() && !h.fresh():
			if w.doubted[name] = h; h.longDead(w.now) {
				delete(alive, name)
			} else {
				open[name] = h
			}
		}
	}
	return open
}

// longDead reports whether a holder has been silent for several leases by the clock of the file system, which
// also dates its beats. Nobody loses a lease by this.
func (h Holder) longDead(now func() (time.Time, error)) bool {
	at, err := now()
	return err == nil && at.Sub(h.Beat)/longDead > h.length
}

// now returns the time by the clock of the file system. The error may say that nothing can be written there.
func (f *Folder) now() (time.Time, error) {
	path := filepath.Join(f.Tmp, fmt.Sprintf("lease-%016x-now", rand.Uint64()))
	err := disk.WriteFile(path, []byte{'\n'}, 0o666)
	info, failed := os.Lstat(path)
	_ = disk.Remove(path) // what stays is swept later
	if err := errors.Join(err, failed); err != nil {
		return time.Time{}, err
	}
	return info.ModTime(), nil
}

// longest returns the holder with the longest lease.
func longest(all map[string]Holder) (h Holder) {
	for _, x := range all {
		if x.length >= h.length {
			h = x
		}
	}
	return h
}
