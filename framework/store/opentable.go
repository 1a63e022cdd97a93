package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"sedlab/internal/regular"
	"sedlab/internal/sums"
)

// OpenTable opens a table of a run, with whose manifest it is given, to read parts of it. It
// compares the file with its checksum, unless known returns true for it. The error is that of
// ReadTable.
func OpenTable(ctx context.Context, dir string, m Manifest, name string, known func(fs.FileInfo) bool) (f *os.File, info fs.FileInfo, err error) {
	for try := 1; ; try++ {
		f, info, err = regular.OpenIn(dir, name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, nil, err
		}
		if err == nil && known(info) {
			return f, info, nil
		}
		fails := compareTable(ctx, dir, m, name, f)
		if fails == nil {
			return f, info, nil
		}
		if f != nil {
			_ = f.Close() // opened for reading only
		}
		if try == 3 || ctx.Err() != nil || !errors.As(fails, new(*TableError)) {
			return nil, nil, errors.Join(fails, ctx.Err())
		}
	}
}

// compareTable compares a table with its checksum, as readChecked does; f is nil if there is
// no such file.
func compareTable(ctx context.Context, dir string, m Manifest, name string, f *os.File) error {
	known, err := sums.Read(dir)
	if err != nil {
		return err
	}
	list := known[name]
	if old := m.Files[name]; list == nil && old != "" && m.Status != Running {
		list = []string{old}
	}
	switch {
	case f == nil && (list == nil || slices.Contains(list, sums.Absent)):
		return &fs.PathError{Op: "open", Path: filepath.Join(dir, name), Err: fs.ErrNotExist}
	case f == nil:
		return &TableError{dir, name, "is missing"}
	case list == nil && m.LogSum != "":
		return &TableError{dir, sums.File, "has no line for " + name}
	case list == nil:
		return nil
	}
	h := sha256.New()
	if _, err := io.Copy(h, endless{ctx, io.NewSectionReader(f, 0, 1<<62)}); err != nil {
		return err
	}
	if !slices.Contains(list, hex.EncodeToString(h.Sum(nil))) {
		return &TableError{dir, name, changedTable}
	}
	return nil
}
