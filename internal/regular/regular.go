// Package regular opens and reads files of users, which may be anything: a pipe that no one
// writes, a device, or larger than memory.
package regular

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// ErrNot is the cause of the error about a path that is no regular file.
var ErrNot = errors.New("not a regular file")

// toRead are the flags of files that are opened: a pipe is not waited for.
const toRead = os.O_RDONLY | syscall.O_NONBLOCK

// Open opens a regular file for reading; links are followed. It does not wait for a pipe
// to have a writer. The error is a *fs.PathError.
func Open(path string) (*os.File, fs.FileInfo, error) {
	f, err := os.OpenFile(path, toRead, 0)
	return checked(f, path, err)
}

// OpenIn is like Open for a file of a folder, of which other people may have made the content: a
// link that leads out of the folder is not followed. The folder itself may be a link.
func OpenIn(dir, name string) (*os.File, fs.FileInfo, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, nil, err
	}
	path := filepath.Join(dir, name)
	f, err := root.OpenFile(name, toRead, 0)
	_ = root.Close() // nothing was written
	if cause := new(fs.PathError); errors.As(err, &cause) {
		err = &fs.PathError{Op: "open", Path: path, Err: cause.Err}
	}
	return checked(f, path, err)
}

// checked refuses a file that was opened but is not a regular one.
func checked(f *os.File, path string, err error) (*os.File, fs.FileInfo, error) {
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	switch {
	case err != nil:
	case info.IsDir():
		err = &fs.PathError{Op: "open", Path: path, Err: syscall.EISDIR}
	case !info.Mode().IsRegular():
		err = &fs.PathError{Op: "open", Path: path, Err: ErrNot}
	}
	if err != nil {
		_ = f.Close() // it was only looked at
		return nil, nil, err
	}
	return f, info, nil
}

// ErrMark is the cause of the error about a file without the mark of its kind.
var ErrMark = errors.New("damaged, or a file of another kind")

// Mark is a text that files of a kind have in a place of theirs.
type Mark struct {
	Text    string
	FromEnd int64 // the bytes from its start to the end of the file; 0 for a mark at the start of the file
}

// Marked reports whether a file of a size [bytes] has the given marks.
func Marked(f io.ReaderAt, size int64, marks ...Mark) bool {
	for _, m := range marks {
		at, have := int64(0), make([]byte, len(m.Text))
		if m.FromEnd > 0 {
			at = size - m.FromEnd
		}
		if _, err := f.ReadAt(have, at); at < 0 || err != nil && !errors.Is(err, io.EOF) || string(have) != m.Text {
			return false
		}
	}
	return true
}

// Read reads a regular file of at most limit bytes that has the given marks. It looks for
// these before it takes memory for the file.
func Read(path string, limit int64, marks ...Mark) ([]byte, error) {
	f, info, err := Open(path)
	if err != nil {
		return nil, err
	}
	return read(f, info, path, limit, marks)
}

// ReadIn is like Read for a file that OpenIn opens.
func ReadIn(dir, name string, limit int64, marks ...Mark) ([]byte, error) {
	f, info, err := OpenIn(dir, name)
	if err != nil {
		return nil, err
	}
	return read(f, info, filepath.Join(dir, name), limit, marks)
}

// read reads and closes a file.
func read(f *os.File, info fs.FileInfo, path string, limit int64, marks []Mark) (data []byte, err error) {
	defer func() { err = errors.Join(err, f.Close()) }()
	if info.Size() > limit {
		return nil, fmt.Errorf("%s: %d bytes long; expected at most %d", path, info.Size(), limit)
	}
	if !Marked(f, info.Size(), marks...) {
		return nil, fmt.Errorf("%s: %w", path, ErrMark)
	}
	buffer := bytes.NewBuffer(make([]byte, 0, info.Size()+bytes.MinRead))
	_, err = buffer.ReadFrom(io.LimitReader(f, limit+1)) // it may grow meanwhile
	if int64(buffer.Len()) > limit {
		return nil, fmt.Errorf("%s: more than %d bytes long", path, limit)
	}
	return buffer.Bytes(), err
}
