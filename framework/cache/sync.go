package cache

import (
	"errors"
	"sync"

	"sedlab/internal/disk"
)

// Sync makes durable what ReplaceAll has stored. Its names are in many folders, so that to sync them
// each time would take longer than many cells do.
func (c *Cache) Sync() error {
	var errs []error
	for dir := range c.unsynced.take() {
		errs = append(errs, unlessMissing(disk.SyncDir(dir)))
	}
	return c.wrap("sync", errors.Join(errs...))
}

// folderSet is a set of folders, for several goroutines.
type folderSet struct {
	mu  sync.Mutex
	all map[string]bool
}

func (s *folderSet) add(dir string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = map[string]bool{}
	}
	s.all[dir] = true
}

// take empties the set, and returns what was in it.
func (s *folderSet) take() map[string]bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.all
	s.all = nil
	return all
}
