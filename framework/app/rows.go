package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"time"

	"sedlab/framework/store"
	"sedlab/internal/record"
)

// keptTable is the memory [bytes] that a table may take to be kept for the next figure.
const keptTable = 24 << 20

// tableCache keeps the tables of the run that was drawn last, for as long as their files
// stay the same: one asks for several figures of a run.
type tableCache struct {
	mutex sync.Mutex
	dir   string
	kept  map[string]keptRows // by the table's name
}

type keptRows struct {
	size     int64
	modified time.Time
	rows     any
}

// rowsOf reads a table as store.ReadTable does, or returns it from the cache. Callers share
// the rows.
func rowsOf[T record.Row](ctx context.Context, a *App, dir string, m store.Manifest, name string) ([]T, error) {
	info, err := os.Stat(filepath.Join(dir, name))
	if err != nil {
		return store.ReadTable[T](ctx, dir, m, name) // which knows what is wrong
	}
	if rows, ok := a.tables.get(dir, name, info).([]T); ok {
		return rows, nil
	}
	limit := int64(keptTable)
	if a.MaxTable > 0 {
		limit = min(limit, a.MaxTable)
	}
	rows, err := store.ReadTable[T](record.WithLimit(ctx, limit), dir, m, name)
	if err == nil {
		a.tables.put(dir, name, info, rows)
	}
	if errors.As(err, new(*LargeTableError)) && limit == keptTable {
		return store.ReadTable[T](a.withTables(ctx), dir, m, name)
	}
	return rows, err
}

func (c *tableCache) get(dir, name string, info os.FileInfo) any {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if k := c.kept[name]; c.dir == dir && k.size == info.Size() && k.modified.Equal(info.ModTime()) {
		return k.rows
	}
	return nil
}

func (c *tableCache) put(dir, name string, info os.FileInfo, rows any) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.dir != dir || c.kept == nil {
		c.dir, c.kept = dir, map[string]keptRows{}
	}
	c.kept[name] = keptRows{info.Size(), info.ModTime(), rows}
}
