package cache

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"sedlab/internal/disk"
	"sedlab/internal/regular"
	"sedlab/internal/sealed"
)

// Item is an entry to be stored, with what writes each of its files. The ingredients must be
// canonical, as those are that KeyOf returns; then Key is their KeyOfCanonical.
type Item struct {
	Key   Key
	Meta  Meta
	Files map[string]func(io.Writer) error
}

// ReplaceAll is Replace of several entries at once, which saves most of the time that small
// ones take: they share a file, and are synced together. They are whole or not there, whatever
// happens, but a power failure before Sync, Close or a call 5 s later may undo it. After an error,
// some may be stored.
func (c *Cache) ReplaceAll(kind Kind, items []Item) (err error) {
	if len(items) == 1 {
		return c.replaceOne(kind, items[0])
	}
	path := c.path(tmpDir, fmt.Sprintf("pack-%016x", rand.Uint64()))
	defer func() {
		err = c.wrap(fmt.Sprintf("store %d %s", len(items), kind), errors.Join(err, unlessMissing(disk.Remove(path))))
	}()
	text, err := pack(kind, items)
	if err == nil {
		err = c.writePack(path, text)
	}
	if err != nil {
		return err
	}
	c.step("pack")
	for _, it := range items {
		to := c.entry(kind, it.Key)
		if err := c.makeShard(to); err != nil {
			return err
		}
		if err := c.settlePacked(path, to, it); err != nil {
			return err
		}
		c.unsynced.add(filepath.Dir(to.path))
		c.step("linked")
	}
	if c.unsynced.age() > syncEvery {
		_ = c.Sync() // what fails is left to the next one, which says so
	}
	return nil
}

func (c *Cache) replaceOne(kind Kind, it Item) error {
	return c.Replace(kind, it.Key, it.Meta, func(dir string) error {
		for name, write := range it.Files {
			f, err := disk.Create(filepath.Join(dir, name))
			if err != nil {
				return err
			}
			if err := errors.Join(write(f), f.Close()); err != nil {
				return err
			}
		}
		return nil
	})
}

// A pack is a file that holds several entries, one after the other: entry.json and then the
// entry's files. It has a name for each of them, in the place where the entry's folder would
// be. It ends in an index of a line for each entry, and a last line with their number.
const (
	indexLine = "%s %012d %09d %012d\n" // key, offset, bytes of entry.json, bytes of all
	indexSize = keySize + 1 + 12 + 1 + 9 + 1 + 12 + 1
	keySize   = 64
	lastLine  = "sedlab pack of %08d\n"
	lastSize  = 12 + 3 + 8 + 1
)

// pack returns the content of a pack.
func pack(kind Kind, items []Item) ([]byte, error) {
	var out, index, files bytes.Buffer
	for _, it := range items {
		if made := KeyOfCanonical(it.Meta.Ingredients); made != it.Key {
			panic(fmt.Sprintf("cache: put under key %s what has the key %s", it.Key, made))
		}
		files.Reset()
		info := Info{Kind: kind, Key: it.Key, Meta: it.Meta, Created: time.Now().UTC(), Files: []File{}}
		for _, name := range slices.Sorted(maps.Keys(it.Files)) {
			begin := files.Len()
			if err := it.Files[name](&files); err != nil {
				return nil, err
			}
			data := files.Bytes()[begin:]
			info.Files = append(info.Files, File{name, int64(len(data)), sealed.Digest(data)})
		}
		text, err := sealed.Marshal(info)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&index, indexLine, it.Key, out.Len(), len(text), len(text)+files.Len())
		out.Write(text)
		out.Write(files.Bytes())
	}
	out.Write(index.Bytes())
	fmt.Fprintf(&out, lastLine, len(items))
	return out.Bytes(), nil
}

// writePack writes a pack durably.
func (c *Cache) writePack(path string, text []byte) error {
	f, err := disk.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = unlessRefused(f.Chmod(0o444))
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// settlePacked makes a name for an entry of a pack, in place of an intact entry. Where a file
// cannot have so many names, or none in another folder, the entry gets a folder.
func (c *Cache) settlePacked(path string, to item, it Item) error {
	err := c.contest(to, func() error { return disk.Link(path, to.path) }, func() (err error) {
		name := fmt.Sprintf("%s-%s", path, it.Key)
		defer func() { err = errors.Join(err, clearAway(name), clearAway(name+oldExt)) }()
		if err := disk.Link(path, name); err != nil {
			return err
		}
		return c.swap(name, to)
	})
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EMLINK) || errors.Is(err, syscall.EXDEV) || errors.Is(err, errors.ErrUnsupported) {
		return c.replaceOne(to.kind, it)
	}
	return err
}

// packed reports whether there is a file at path, where the folder of an entry could be.
func packed(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// readPacked reads an entry from its pack, and compares it with its checksums.
func (it item) readPacked() (*Entry, error) {
	var info Info
	content, err := it.unpack(&info, true)
	if err = it.judge(info, err); err != nil {
		return nil, err
	}
	entry := &Entry{Info: info, files: map[string][]byte{}}
	for _, f := range info.Files {
		if f.Size < 0 || f.Size > int64(len(content)) {
			return nil, damaged("%s: has %d bytes, expected %d", f.Name, len(content), f.Size)
		}
		data := content[:f.Size:f.Size]
		content = content[f.Size:]
		if sum := sealed.Digest(data); sum != f.SHA256 {
			return nil, damaged("%s: has SHA-256 %s, expected %s", f.Name, sum, f.SHA256)
		}
		entry.files[f.Name] = data
	}
	if len(content) > 0 {
		return nil, damaged("has %d bytes too many", len(content))
	}
	return entry, nil
}

// unpack reads entry.json of an entry in a pack and, if asked, returns its files, one after
// the other.
func (it item) unpack(info *Info, files bool) (content []byte, err error) {
	f, stat, err := regular.Open(it.path)
	if err != nil {
		if errors.Is(err, regular.ErrNot) {
			err = damaged("not a regular file")
		}
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	p, err := it.locate(f, stat.Size())
	if err != nil {
		return nil, err
	}
	if !files {
		p.all = p.text
	}
	section := make([]byte, p.all)
	if _, err := f.ReadAt(section, p.offset); err != nil {
		return nil, err
	}
	if err := sealed.Unmarshal(section[:p.text], info); err != nil {
		return nil, damage{err}
	}
	return section[p.text:], nil
}

// place is where an entry is in a pack: its offset, and the bytes of its entry.json and of all
// of it.
type place struct{ offset, text, all int64 }

// locate finds an entry in a pack of the given size.
func (it item) locate(f io.ReaderAt, size int64) (place, error) {
	index, begin, err := readIndex(f, size)
	if err != nil {
		return place{}, err
	}
	for line := range slices.Chunk(index, indexSize) {
		if !bytes.HasPrefix(line, []byte(it.key)) {
			continue
		}
		if p, ok := placeIn(line, begin); ok {
			return p, nil
		}
		break
	}
	return place{}, damaged("the index of its file does not say where it is")
}

// readIndex reads the index of a pack of the given size, and returns where it begins.
func readIndex(f io.ReaderAt, size int64) (index []byte, begin int64, err error) {
	last := make([]byte, lastSize)
	var count int64
	if _, err := f.ReadAt(last, max(0, size-lastSize)); err != nil && !errors.Is(err, io.EOF) {
		return nil, 0, err
	}
	_, _ = fmt.Sscanf(string(last), lastLine, &count)
	begin = size - lastSize - count*indexSize
	if string(last) != fmt.Sprintf(lastLine, count) || count < 1 || begin < 0 {
		return nil, 0, damaged("neither the folder of an entry nor a file of several")
	}
	index = make([]byte, count*indexSize)
	if _, err := f.ReadAt(index, begin); err != nil {
		return nil, 0, err
	}
	return index, begin, nil
}

// placeIn reads a line of the index that begins at the given offset, and reports whether it is
// as pack writes it.
func placeIn(line []byte, begin int64) (p place, ok bool) {
	rest := line[keySize:]
	for _, number := range []struct {
		digits int
		value  *int64
	}{{12, &p.offset}, {9, &p.text}, {12, &p.all}} {
		if rest[0] != ' ' {
			return place{}, false
		}
		for _, c := range rest[1 : 1+number.digits] {
			if c < '0' || c > '9' {
				return place{}, false
			}
			*number.value = 10**number.value + int64(c-'0')
		}
		rest = rest[1+number.digits:]
	}
	return p, rest[0] == '\n' && p.text <= p.all && p.all <= begin && p.offset <= begin-p.all
}
