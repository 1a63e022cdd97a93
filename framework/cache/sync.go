package cache

import (
	"errors"
	"sync"
	"time"

	"sedlab/internal/disk"
)

// Sync makes durable what ReplaceAll has stored. The names are in many folders; syncing these each
// time would take longer than many cells do.
func (c *Cache) Sync() error {
	var errs []error
	for dir := range c.unsynced.take() {
		if err := unlessMissing(disk.SyncDir(dir)); err != nil {
			errs = append(errs, err)
			c.unsynced.add(dir) // for the next time
		}
	}
	return c.wrap("sync", errors.Join(errs...))
}

// syncEvery is how long stored entries wait to be synced, if more are stored.
const syncEvery = 5 * time.Second

// folderSet is a set of folders, for several goroutines.
type folderSet struct {
	mu    sync.Mutex
	all   map[string]bool
	since time.Time // when the first was added
}

func (s *folderSet) add(dir string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all, s.since = map[string]bool{}, time.Now()
	}
	s.all[dir] = true
}

// age returns how long the set has not been empty.
func (s *folderSet) age() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		return 0
	}
	return time.Since(s.since)
}

// take empties the set, and returns what was in it.
func (s *folderSet) take() map[string]bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.all
	s.all = nil
	return all
}
