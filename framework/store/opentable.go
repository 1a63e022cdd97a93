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
		fails := compareTable(dir, m, name, f == nil, f != nil && regular.Marked(f, info.Size(), parquetMarks...), func() (string, error) {
			h := sha256.New()
			_, err := io.Copy(h, endless{ctx, io.NewSectionReader(f, 0, 1<<62)})
			return hex.EncodeToString(h.Sum(nil)), err
		})
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

// compareTable compares a table, which may be missing or have no marks of a Parquet file, with
// its checksum. It calls digest, which may take long, only if there is something to compare with.
// The error is a *TableError if they differ, and an fs.ErrNotExist if there is no table yet.
func compareTable(dir string, m Manifest, name string, missing, marked bool, digest func() (string, error)) error {
	known, err := sums.Read(dir)
	if err != nil {
		return err
	}
	list := known[name]
	if old := m.Files[name]; list == nil && old != "" && m.Status != Running {
		list = []string{old}
	}
	switch {
	case missing && (list == nil || slices.Contains(list, sums.Absent)):
		return &fs.PathError{Op: "open", Path: filepath.Join(dir, name), Err: fs.ErrNotExist}
	case missing:
		return &TableError{dir, name, "is missing"}
	case list == nil && m.LogSum != "": // of a version that kept sums
		return &TableError{dir, sums.File, "has no line for " + name}
	case !marked:
		return &TableError{dir, name, changedTable}
	case list == nil:
		return nil
	}
	sum, err := digest()
	if err == nil && !slices.Contains(list, sum) {
		err = &TableError{dir, name, changedTable}
	}
	return err
}
