package cache

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"slices"
	"sync"

	"sedlab/internal/regular"
	"sedlab/internal/sealed"
)

// Notes returns the notes of a key's entries, one from each folder that has one, for
// plans. It reads and checks only entry.json, and skips damaged ones. The notes must not be
// changed.
func (c *Cache) Notes(kind Kind, key Key) iter.Seq[map[string]string] {
	return func(yield func(map[string]string) bool) {
		for _, l := range c.layers() {
			if !key.Valid() {
				continue
			}
			if note, ok := l.recent.note(l.entry(kind, key)); ok && !yield(note) {
				return
			}
		}
	}
}

// maxRecent bounds the bytes of a pack that is kept in memory.
const maxRecent = 4 << 20

// recentPack is the pack in which a note was looked up last. Who asks for the notes of many
// entries asks for those of a pack one after the other: to open it for each took longer than
// some cells. A pack never changes, so a name of the same file has what was read.
type recentPack struct {
	mu    sync.Mutex
	file  fs.FileInfo
	text  []byte
	index map[Key]place
	json  []byte            // of the last note
	last  map[string]string // the last note: those of a pack are mostly equal
}

// note returns the note of an entry, and whether there is one that is not damaged.
func (p *recentPack) note(it item) (map[string]string, bool) {
	file, err := os.Stat(it.path)
	if err != nil {
		return nil, false
	}
	if !file.Mode().IsRegular() || file.Size() > maxRecent {
		var info Info
		err := it.readInfo(&info)
		return info.Note, err == nil && info.Kind == it.kind && info.Key == it.key
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.file == nil || !os.SameFile(p.file, file) || !p.file.ModTime().Equal(file.ModTime()) || p.file.Size() != file.Size() {
		if !p.read(it.path) {
			return nil, false
		}
	}
	at, ok := p.index[it.key]
	if !ok {
		return nil, false
	}
	text := p.text[at.offset : at.offset+at.text]
	if p.last != nil && sealed.Intact(text) && bytes.Equal(noteOf(text), p.json) && bytes.Contains(text, fmt.Appendf(nil, headLines, it.kind, it.key)) {
		return p.last, true
	}
	var info Info
	if sealed.Unmarshal(text, &info) != nil || info.Kind != it.kind || info.Key != it.key {
		return nil, false
	}
	p.json, p.last = noteOf(text), info.Note
	return p.last, true
}

// headLines are the first lines of a sealed Info after its checksum. No string of JSON has a line
// break in it, so nothing else looks like them.
const headLines = "\n  \"kind\": %q,\n  \"key\": %q,\n"

// noteOf returns the JSON of the note in a sealed Info, or nil. Decoding all of the Info takes
// longer than all else that a process does with a cell that another has made.
func noteOf(text []byte) []byte {
	_, text, _ = bytes.Cut(text, []byte("\n  \"note\": {\n"))
	note, _, _ := bytes.Cut(text, []byte("\n  }"))
	return note
}

// read reads a pack, and reports whether it could.
func (p *recentPack) read(path string) bool {
	f, file, err := regular.Open(path)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }() // it was only read
	p.file, p.text = nil, make([]byte, min(file.Size(), maxRecent))
	if _, err := io.ReadFull(f, p.text); err != nil {
		return false
	}
	index, begin, err := readIndex(bytes.NewReader(p.text), int64(len(p.text)))
	if err != nil {
		return false
	}
	p.file, p.index = file, make(map[Key]place, len(index)/indexSize)
	for line := range slices.Chunk(index, indexSize) {
		if at, ok := placeIn(line, begin); ok {
			p.index[Key(line[:keySize])] = at
		}
	}
	return true
}
