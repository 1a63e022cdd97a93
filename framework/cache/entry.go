package cache

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"sedlab/internal/sealed"
)

// entryFile is the file that describes the entry in whose folder it is.
const entryFile = "entry.json"

// Meta is what the maker of an entry says about it.
type Meta struct {
	Ingredients json.RawMessage   `json:"ingredients"`       // everything that determined it; their KeyOf is the entry's key
	Note        map[string]string `json:"note,omitempty"`    // for people and plans: the names of the spec and the prior, what a cell covers
	Program     string            `json:"program,omitempty"` // the version that made it
}

// File is a file of an entry.
type File struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`   // [bytes]
	SHA256 string `json:"sha256"` // 64 hex digits
}

// Info is the content of entry.json.
type Info struct {
	Kind    Kind      `json:"kind"`
	Key     Key       `json:"key"`
	Created time.Time `json:"created"`
	Meta
	Files []File `json:"files"` // sorted by name
}

// Size returns the total size of the entry's files in bytes.
func (i Info) Size() (bytes int64) {
	for _, f := range i.Files {
		bytes += f.Size
	}
	return bytes
}

// Entry is an entry that has been read and verified.
type Entry struct {
	Info
	files map[string][]byte
	from  *Cache
}

// File returns the content of a file of the entry, or nil if it has no such file.
func (e *Entry) File(name string) []byte { return e.files[name] }

// OnlyRead reports whether the entry is from a folder of the cache that is only read.
func (e *Entry) OnlyRead() bool { return e.from.readOnly }

// read reads an entry and compares all of it with its checksums. It returns
// errGone if there is none. If Replace exchanges the folder meanwhile, read reads
// the new one.
func (it item) read() (*Entry, error) {
	for {
		folder, err := os.OpenFile(it.path, readLock, 0) // while it is open, no other folder can have its inode
		if errors.Is(err, fs.ErrNotExist) {
			info, err := os.Lstat(it.path)
			switch {
			case errors.Is(err, fs.ErrNotExist):
				return nil, errGone
			case err == nil && info.Mode()&fs.ModeSymlink == 0: // it has come since
				continue
			}
			return nil, damaged("%s: missing", entryFile) // a link to nothing
		}
		if err != nil {
			return nil, err
		}
		read := it.readFiles
		if info, err := folder.Stat(); err == nil && info.Mode().IsRegular() {
			read = it.readPacked
		}
		entry, err := read()
		done := err == nil || inPlace(folder)
		_ = folder.Close()
		if done {
			return entry, err
		}
	}
}

// inPlace reports whether an open folder is still where it was opened.
func inPlace(folder *os.File) bool {
	opened, err := folder.Stat()
	now, failed := os.Stat(folder.Name())
	return err == nil && failed == nil && os.SameFile(opened, now)
}

func (it item) readFiles() (*Entry, error) {
	info, err := it.info()
	if err != nil {
		return nil, err
	}
	list, err := os.ReadDir(it.path)
	if err != nil {
		return nil, err
	}
	for _, e := range list {
		known := slices.ContainsFunc(info.Files, func(f File) bool { return f.Name == e.Name() })
		if !known && e.Name() != entryFile {
			return nil, damaged("%s: not a file of this entry", e.Name())
		}
	}
	entry := &Entry{Info: info, files: map[string][]byte{}}
	for _, f := range info.Files {
		// To open a name that no file can have is another error than that it is missing.
		if !slices.ContainsFunc(list, func(e fs.DirEntry) bool { return e.Name() == f.Name }) {
			return nil, damaged("%s: missing", f.Name)
		}
		if entry.files[f.Name], err = f.read(it.path); err != nil {
			return nil, err
		}
	}
	return entry, nil
}

// info reads and verifies entry.json of an entry.
func (it item) info() (info Info, err error) {
	err = it.readInfo(&info)
	return info, it.judge(info, err)
}

// readInfo reads entry.json of an entry, in its folder or its pack.
func (it item) readInfo(info *Info) error {
	err := readSealed(filepath.Join(it.path, entryFile), info)
	if errors.Is(err, syscall.ENOTDIR) {
		_, err = it.unpack(info, false)
	}
	return err
}

// judge returns what is wrong with an entry.json that was read, perhaps with an error.
func (it item) judge(info Info, err error) error {
	switch {
	case isDamage(err):
		return damaged("%s: %w", entryFile, err)
	case errors.Is(err, fs.ErrNotExist):
		return damaged("%s: missing", entryFile)
	case err != nil:
		return err
	case info.Kind != it.kind || info.Key != it.key:
		return damaged("%s: describes %s %s", entryFile, info.Kind, info.Key)
	}
	for i, f := range info.Files {
		if i > 0 && f.Name <= info.Files[i-1].Name {
			return damaged("%s: names the file %q out of order, or twice", entryFile, f.Name)
		}
		if f.Name != filepath.Base(f.Name) || !filepath.IsLocal(f.Name) {
			return damaged("%s: names the file %q, which is elsewhere", entryFile, f.Name)
		}
	}
	if made, _, err := KeyOf(info.Ingredients); err != nil || made != it.key {
		return damaged("%s: the ingredients have another key", entryFile)
	}
	return nil
}

// read reads a file of an entry's folder and verifies it.
func (f File) read(dir string) ([]byte, error) {
	data, err := readRegular(filepath.Join(dir, f.Name), f.Size)
	switch {
	case isDamage(err):
		return nil, damaged("%s: %w", f.Name, err)
	case errors.Is(err, fs.ErrNotExist):
		return nil, damaged("%s: missing", f.Name)
	case err != nil:
		return nil, err
	case int64(len(data)) != f.Size:
		return nil, damaged("%s: has %d bytes, expected %d", f.Name, len(data), f.Size)
	}
	if sum := sealed.Digest(data); sum != f.SHA256 {
		return nil, damaged("%s: has SHA-256 %s, expected %s", f.Name, sum, f.SHA256)
	}
	return data, nil
}
