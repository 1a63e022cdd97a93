package disktest

import (
	"errors"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sedlab/internal/disk"
)

// Choice is what a power failure leaves of what was not synced.
type Choice int

// The choices.
const (
	Nothing Choice = iota // of it is left
	Names                 // are left, without contents
	Some                  // of the names, and of the contents
	All                   // of it is left, as if only the process had died
)

// Choices are all choices.
var Choices = []Choice{Nothing, Names, Some, All}

// Crash makes, in the empty folder dir, what a power failure leaves of the first n changes.
func (l *Log) Crash(dir string, n int, choice Choice, seed uint64) error {
	r := rand.New(rand.NewPCG(seed, uint64(n)))
	before := newModel()
	for i, c := range l.Changes[:n] {
		before.apply(i, c, false)
	}
	m := newModel()
	for i, c := range l.Changes[:n] {
		m.apply(i, c, before.lasting[i] || choice == Names || choice == All || choice == Some && r.IntN(2) == 0)
	}
	return m.root.write(dir, choice, r)
}

// node is a file, a link or a folder, under whatever names.
type node struct {
	now, synced []byte // of a file: its content, and that of the last sync
	link        string
	folder      bool
	seen        map[string]*node // of a folder: as processes see it
	kept        map[string]*node // and as it is on the disk
	pending     []int            // the changes of its names since its last sync
}

func newFolder() *node {
	return &node{folder: true, seen: map[string]*node{}, kept: map[string]*node{}}
}

// model is a file system.
type model struct {
	root    *node
	handles map[int64]*node // open files
	lasting map[int]bool    // the changes of names that a sync of their folder has made durable
}

func newModel() *model {
	return &model{newFolder(), map[int64]*node{}, map[int]bool{}}
}

// find returns what processes see at a path, and the folder that it is in; nil for what is
// not there.
func (m *model) find(path string) (n, in *node, name string) {
	n = m.root
	for _, name = range strings.Split(path, "/") {
		if name == "." {
			continue
		}
		if in = n; in == nil || !in.folder {
			return nil, nil, name
		}
		n = in.seen[name]
	}
	return n, in, name
}

// apply makes a change of contents, and a change of names on the disk if made.
func (m *model) apply(i int, c disk.Change, made bool) {
	if c.Op == disk.OpMkdir { // of all folders that are not there
		for at, r := range c.Path + "/" {
			if n, in, name := m.find(c.Path[:at]); r == '/' && n == nil {
				in.set(i, name, newFolder(), made)
			}
		}
		return
	}
	n, in, name := m.find(c.Path)
	switch c.Op {
	case disk.OpCreate:
		if n == nil {
			n = new(node)
			in.set(i, name, n, made)
		} else if !c.Keep {
			n.now = nil
		}
		m.handles[c.Handle] = n
	case disk.OpWrite:
		f := m.handles[c.Handle]
		f.now = append(f.now[:len(f.now):len(f.now)], c.Data...)
	case disk.OpTruncate:
		f := m.handles[c.Handle]
		f.now = f.now[:min(len(f.now), int(c.Size))]
	case disk.OpSync:
		if f := m.handles[c.Handle]; f != nil {
			n = f
		}
		if n != nil {
			n.synced = n.now
		}
	case disk.OpSyncDir:
		for _, i := range n.pending {
			m.lasting[i] = true
		}
		n.pending = nil
	case disk.OpSymlink:
		in.set(i, name, &node{link: c.To}, made)
	case disk.OpRemove, disk.OpClear:
		in.set(i, name, nil, made)
	case disk.OpRename, disk.OpExchange, disk.OpLink:
		m.move(i, c, made)
	}
}

// move makes a change that gives what is under a path another name.
func (m *model) move(i int, c disk.Change, made bool) {
	n, in, name := m.find(c.Path)
	other, to, toName := m.find(c.To)
	switch c.Op {
	case disk.OpRename:
		in.set(i, name, nil, made)
	case disk.OpExchange:
		in.set(i, name, other, made)
	}
	to.set(i, toName, n, made)
}

// set gives a name in a folder to a node, or takes it away.
func (in *node) set(i int, name string, n *node, made bool) {
	in.pending = append(in.pending, i)
	put := func(names map[string]*node) {
		if n == nil {
			delete(names, name)
		} else {
			names[name] = n
		}
	}
	put(in.seen)
	if made {
		put(in.kept)
	}
}

// write makes what a folder has on the disk, in dir.
func (in *node) write(dir string, choice Choice, r *rand.Rand) (err error) {
	for _, name := range slices.Sorted(maps.Keys(in.kept)) {
		n, path := in.kept[name], filepath.Join(dir, name)
		switch {
		case n.folder:
			err = errors.Join(err, os.Mkdir(path, 0o777), n.write(path, choice, r))
		case n.link != "":
			err = errors.Join(err, os.Symlink(n.link, path))
		default:
			err = errors.Join(err, os.WriteFile(path, n.left(choice, r), 0o666))
		}
	}
	return err
}

// left returns what a power failure leaves of a file's content.
func (n *node) left(choice Choice, r *rand.Rand) []byte {
	switch {
	case choice == All:
		return n.now
	case choice != Some || len(n.now) <= len(n.synced):
		return n.synced
	}
	later := make([]byte, r.IntN(len(n.now)-len(n.synced)+1)) // zeros, where nothing was written
	copy(later, n.now[len(n.synced):][:r.IntN(len(later)+1)])
	return append(n.synced[:len(n.synced):len(n.synced)], later...)
}
