package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"sedlab/framework/store"
	"sedlab/internal/record"
)

// openedTable is a table whose file is closed, and was compared with its checksum.
type openedTable[T record.Row] struct {
	*record.Lazy[T]
	info fs.FileInfo
}

// same reports whether a file is the one that was opened.
func (t openedTable[T]) same(info fs.FileInfo) bool { return unchanged(t.info, info) }

// unchanged reports whether a file is still the one that it was; nil stands for none.
func unchanged(a, b fs.FileInfo) bool {
	return a == nil && b == nil || a != nil && b != nil && os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

// spectraCache holds the indexes of the last runs, the newest last.
type spectraCache struct {
	sync.Mutex
	list []*spectraIndex
}

// get returns the index of a run if its tables are still the same.
func (c *spectraCache) get(dir string, table, errors fs.FileInfo) *spectraIndex {
	c.Lock()
	defer c.Unlock()
	for i, x := range c.list {
		if x.dir == dir && x.table.same(table) && unchanged(x.errorsFile, errors) {
			c.list = append(slices.Delete(c.list, i, i+1), x)
			return x
		}
	}
	return nil
}

func (c *spectraCache) put(x *spectraIndex) {
	c.Lock()
	defer c.Unlock()
	c.list = append(slices.DeleteFunc(c.list, func(old *spectraIndex) bool { return old.dir == x.dir }), x)
	if len(c.list) > mostIndexes {
		c.list = slices.Delete(c.list, 0, 1)
	}
}

// spectra returns the index of a run's kept reconstructions.
func (a *App) spectra(ctx context.Context, run string) (*spectraIndex, error) {
	dir, err := store.Find(a.Runs, run)
	if err != nil {
		return nil, err
	}
	m, status, err := state(dir)
	if err != nil {
		return nil, err
	}
	now := func(name string) fs.FileInfo {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			return nil
		}
		return info
	}
	if table := now(store.ExamplesFile); table != nil {
		if x := a.kept.get(dir, table, now(store.SignalsFile)); x != nil {
			return x, nil
		}
	}
	x := &spectraIndex{id: m.ID, dir: dir, manifest: m, errorsFile: now(store.SignalsFile)}
	if err := x.read(ctx, a.catalog.Columns()); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			err = &NoSpectraError{m.ID, status}
		}
		return nil, err
	}
	a.kept.put(x)
	return x, ctx.Err()
}

// openTable opens a table of a run, whose file the caller closes.
func openTable[T record.Row](ctx context.Context, dir string, m store.Manifest, name string) (t openedTable[T], f *os.File, err error) {
	f, t.info, err = store.OpenTable(ctx, dir, m, name, func(fs.FileInfo) bool { return false })
	if err != nil {
		return t, nil, err
	}
	if t.Lazy, err = record.OpenLazy[T](f, t.info.Size()); err != nil {
		return t, nil, errors.Join(fmt.Errorf("table %s: %w", f.Name(), err), f.Close())
	}
	return t, f, nil
}
