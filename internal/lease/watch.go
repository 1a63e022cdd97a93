package lease

import (
	"context"
	"path/filepath"
	"sync"
	"time"
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

// Watch is Holders for somebody who has not looked before, and asks only about some. Whoever is in
// doubt is watched until it beats, or has been silent for its lease: waiting is called with the one
// whose lease is the longest, and its length. It returns who is alive, and who has fallen silent.
func (f *Folder) Watch(ctx context.Context, asked func(name string, h Holder) bool, waiting func(Holder, time.Duration)) (alive, silent map[string]Holder, err error) {
	doubted := map[string]Holder{}
	for first := true; ; first = false {
		if alive, err = f.Holders(); err != nil {
			return nil, nil, err
		}
		open := false
		for name, h := range alive {
			was, known := doubted[name]
			switch {
			case !asked(name, h):
				delete(alive, name)
			case first && !h.Here() && !h.fresh():
				doubted[name], open = h, true
			case known && was.Beat.Equal(h.Beat):
				open = true
			default:
				delete(doubted, name)
			}
		}
		if !open {
			break
		}
		if first {
			h := longest(doubted)
			waiting(h, h.length)
		}
		select {
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		case <-time.After(min(time.Second, longest(doubted).length/(2*beats))):
		}
	}
	for name := range doubted {
		if l, _ := read(filepath.Join(f.Dir, name)); l == nil { // it was given back
			delete(doubted, name)
		}
	}
	return alive, doubted, nil
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
