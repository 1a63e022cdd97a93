package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// IndexFile is what List remembers in the folder of the runs. It may be deleted
// at any time.
const IndexFile = ".index"

// settled is how old a file must be for its time of change to tell that it has
// not changed since: file systems' clocks are coarse.
const settled = 2 * time.Second

// List returns a summary of every run folder under root, sorted by ID; a root
// that does not exist has none. What is not a run or cannot be read is listed as
// Unreadable, with its Problem.
//
// Folders whose manifest, spec and tags are as they were when the index was
// written are not read again. The index is written anew, as a whole, when
// something has changed; that it cannot be is no error.
func List(root string) ([]Summary, error) {
	entries, err := os.ReadDir(root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	entries = slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return !isRunFolder(e) })
	known := readIndex(filepath.Join(root, IndexFile))
	now := time.Now()
	runs := make([]indexed, len(entries))
	var changed atomic.Bool
	each(len(runs), func(i int) {
		var read bool
		runs[i], read = look(filepath.Join(root, entries[i].Name()), known, now)
		if read && runs[i].stamped {
			changed.Store(true)
		}
	})
	kept := slices.DeleteFunc(slices.Clone(runs), func(r indexed) bool { return !r.stamped })
	if changed.Load() || len(kept) != len(known) {
		_ = writeIndex(filepath.Join(root, IndexFile), kept) // it only saves time
	}
	list := make([]Summary, len(runs))
	for i, r := range runs {
		list[i] = r.Summary
		if r.Status == Running && !Alive(filepath.Join(root, r.ID)) {
			list[i].Status = Killed
		}
	}
	return list, nil
}

// each calls f for 0 … n−1 from a few goroutines; more than there are cores, for
// folders on a network.
func each(n int, f func(i int)) {
	var next atomic.Int64
	var readers sync.WaitGroup
	for range min(n, max(8, runtime.GOMAXPROCS(0))) {
		readers.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				f(i)
			}
		})
	}
	readers.Wait()
}

// indexed is a summary and what its folder was like.
type indexed struct {
	Summary
	stamp   stamp
	stamped bool // the stamp would show a change: the index can hold the run
}

// look returns the summary of a run folder, from the index if it has not changed.
func look(dir string, known map[string]indexed, now time.Time) (run indexed, read bool) {
	stamp, latest := stampOf(dir)
	if run, ok := known[filepath.Base(dir)]; ok && run.stamp == stamp {
		return run, false
	}
	s := summarise(dir)
	return indexed{s, stamp, s.Problem == "" && now.Sub(latest) > settled}, true
}
