package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"sedlab/internal/durable"
	"sedlab/internal/regular"
	"sedlab/internal/settings"
)

// IndexFile is the file, in the folder of the runs, in which List remembers summaries. It
// may be deleted at any time.
const IndexFile = ".index"

// settled is the age from which a file's time of change proves that the file has not
// changed since. It is not zero, because the clocks of file systems are coarse.
const settled = 2 * time.Second

// List returns a summary of every run folder under root, sorted by ID. A root that does
// not exist has none. A folder that is not a run, or cannot be read, is listed as
// Unreadable, with its Problem.
//
// Folders whose manifest, spec, tags and note have not changed since the index was written
// are not read again. After a change the whole index is rewritten. Failing to write it is
// not an error.
func List(root string) ([]Summary, error) { return NewLister(root).List() }

// Lister lists the runs of a folder again and again. It reads and writes the index for its first
// list alone, and then remembers what the index would tell it. It is not for use by several goroutines at once.
type Lister struct {
	root  string
	known map[string]indexed // of the last list; nil before the first
}

// NewLister returns a Lister of the run folders under root.
func NewLister(root string) *Lister { return &Lister{root: root} }

// List is like the function List.
func (l *Lister) List() ([]Summary, error) {
	root := l.root
	entries, err := os.ReadDir(root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	entries = slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return !isRunFolder(root, e) })
	first := l.known == nil
	if first {
		l.known = readIndex(filepath.Join(root, IndexFile))
	}
	now := time.Now()
	runs := make([]indexed, len(entries))
	each(len(runs), func(i int) { runs[i] = look(filepath.Join(root, entries[i].Name()), l.known, now) })
	kept := slices.DeleteFunc(slices.Clone(runs), func(r indexed) bool { return r.Stamp == stamp{} })
	changed := func(r indexed) bool { return r.Stamp != l.known[r.ID].Stamp }
	switch same := len(kept) == len(l.known) && !slices.ContainsFunc(kept, changed); {
	case same:
	case first:
		l.known = writeIndex(filepath.Join(root, IndexFile), kept)
	default:
		l.known = byID(kept)
	}
	return current(root, runs), nil
}

// current returns the summaries of runs as they are now: those in progress may have come
// further, or have been killed.
func current(root string, runs []indexed) []Summary {
	list := make([]Summary, len(runs))
	for i, r := range runs {
		list[i] = r.Summary
		if dir := filepath.Join(root, r.ID); r.Status == Running && !Alive(dir) {
			list[i].Status = Killed
		} else if r.Status == Running {
			list[i].Progress = ReadProgress(dir)
		}
	}
	return list
}

// each calls f for 0 … n−1 from a few goroutines: more than there are cores, because
// folders may be on a network.
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

// indexed is a summary and the state of its folder.
type indexed struct {
	Summary
	Stamp stamp `json:"stamp"` // zero if it might miss a change; then the run is not in the index
}

// look returns the summary of a run folder, from the index if it has not changed.
func look(dir string, known map[string]indexed, now time.Time) indexed {
	is, latest := stampOf(dir)
	if run := known[filepath.Base(dir)]; run.Stamp == is {
		return run
	}
	s := summarise(dir)
	if s.Problem != "" || now.Sub(latest) <= settled {
		is = stamp{}
	}
	return indexed{s, is}
}

// The lines of an index are its version with the checksum of what follows, a list
// of settings, and one for each run. Specs repeat each other, so each setting is
// kept once.

// indexRun is the JSON of a run's line.
type indexRun struct {
	indexed
	// Spec replaces the summary's settings by their places in the list of settings.
	// Places are varints, which are read ten times faster than numbers.
	Spec []byte `json:"spec"`
}

// indexVersion is raised whenever the same files come to give a different Summary.
const indexVersion = 4

func indexHeader(body []byte) string {
	return fmt.Sprintf("sedlab runs %d %x\n", indexVersion, sha256.Sum256(body))
}

// readIndex returns the runs of an index by ID. There are none if it is missing, damaged
// or of another version.
func readIndex(path string) map[string]indexed {
	const largest = 1 << 29
	text, err := regular.Read(path, largest)
	if err != nil {
		return nil
	}
	header, body, _ := bytes.Cut(text, []byte("\n"))
	if string(header)+"\n" != indexHeader(body) {
		return nil
	}
	return decodeIndex(body)
}

// decodeIndex returns the runs of an index's lines after the first, or nil if they are
// damaged.
func decodeIndex(body []byte) map[string]indexed {
	lines := bytes.Split(bytes.TrimSuffix(body, []byte("\n")), []byte("\n"))
	var all []settings.Setting
	if json.Unmarshal(lines[0], &all) != nil {
		return nil
	}
	list := make([]indexed, len(lines)-1)
	each(len(list), func(i int) { list[i] = readRun(lines[i+1], all) })
	if slices.ContainsFunc(list, func(r indexed) bool { return r.Stamp == stamp{} }) {
		return nil
	}
	return byID(list)
}

func byID(list []indexed) map[string]indexed {
	runs := make(map[string]indexed, len(list))
	for _, r := range list {
		runs[r.ID] = r
	}
	return runs
}

// readRun reads a run's line. The result for a damaged line has no stamp.
func readRun(line []byte, all []settings.Setting) (run indexed) {
	var r indexRun
	if json.Unmarshal(line, &r) != nil {
		return run
	}
	r.indexed.Spec = make(settings.List, 0, len(r.Spec)) // a place is a byte or two
	for places := r.Spec; len(places) > 0; {
		at, n := binary.Uvarint(places)
		if n <= 0 || at >= uint64(len(all)) {
			return run
		}
		r.indexed.Spec = append(r.indexed.Spec, all[at])
		places = places[n:]
	}
	return r.indexed
}

// writeIndex writes an index and returns its runs as they will be read: settings that runs have
// in common are in memory once.
func writeIndex(path string, runs []indexed) map[string]indexed {
	body, err := encodeIndex(runs)
	if err != nil {
		return nil
	}
	_ = durable.WriteFile(path, func(w io.Writer) error { // it only saves time
		_, err := io.WriteString(w, indexHeader(body))
		if err == nil {
			_, err = w.Write(body)
		}
		return err
	})
	return decodeIndex(body)
}

// encodeIndex returns the lines of an index after the first.
func encodeIndex(runs []indexed) ([]byte, error) {
	var lines bytes.Buffer
	encoder := json.NewEncoder(&lines) // ends every value with a line
	var all []settings.Setting
	places := map[settings.Setting]int{}
	for _, r := range runs {
		line := indexRun{indexed: r}
		for _, s := range r.Spec {
			key := s
			if !reflect.ValueOf(&s.Value).Elem().Comparable() { // a list or section
				key.Value = [1]string{settings.Text(s.Value)}
			}
			at, known := places[key]
			if !known {
				at, all = len(all), append(all, s)
				places[key] = at
			}
			line.Spec = binary.AppendUvarint(line.Spec, uint64(at))
		}
		if err := encoder.Encode(line); err != nil {
			return nil, err
		}
	}
	first, err := json.Marshal(all)
	if err != nil {
		return nil, err
	}
	return slices.Concat(first, []byte("\n"), lines.Bytes()), nil
}
