package app

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"sedlab/framework/store"
)

// Roster keeps the list of all runs in memory, and what lists show of each, for a program
// that shows lists to many people. All share one reading of the folder.
type Roster struct {
	app    *App
	turn   chan struct{} // holds a value while somebody reads
	lister *store.Lister
	last   atomic.Pointer[Listing] // nil before the first list and after a change

	mu      sync.Mutex // guards glances
	glances map[string]glanced
	reading chan struct{} // holds a value while a run is read for a glance: one at a time
}

// Roster returns a Roster of the App's runs.
func (a *App) Roster() *Roster {
	return &Roster{app: a, turn: make(chan struct{}, 1), lister: store.NewLister(a.Runs), glances: map[string]glanced{}, reading: make(chan struct{}, 1)}
}

// Ages of a list. One that is older than old is shown once more, while the folder is read
// again behind it; nobody is shown one that is older than mostAge.
const (
	old     = time.Second
	mostAge = 10 * time.Second
)

// Listing is the list of all runs at one time. It must not be changed.
type Listing struct {
	Runs []store.Summary
	// Names returns the names of the columns that runs can be listed with, apart from those
	// of a single prior's metrics.
	Names func() []string

	read time.Time
}

// Old reports whether the folder may have a newer list, which List then has soon.
func (l *Listing) Old() bool { return time.Since(l.read) >= old }

// List returns the list of all runs, which may be a few seconds old. The error is that of
// reading the folder, or of ctx.
func (o *Roster) List(ctx context.Context) (*Listing, error) {
	if last := o.last.Load(); last != nil && time.Since(last.read) < mostAge {
		if last.Old() {
			o.readBehind()
		}
		return last, nil
	}
	select {
	case o.turn <- struct{}{}:
		defer func() { <-o.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if last := o.last.Load(); last != nil && !last.Old() {
		return last, nil
	}
	return o.read()
}

// readBehind reads the list without anybody waiting for it, unless somebody reads already. If
// that fails, those who ask after mostAge get the error.
func (o *Roster) readBehind() {
	select {
	case o.turn <- struct{}{}:
		go func() {
			defer func() { <-o.turn }()
			_, _ = o.read()
		}()
	default:
	}
}

// read reads the list. Only one may do so at a time.
func (o *Roster) read() (*Listing, error) {
	began := time.Now()
	runs, err := o.lister.List()
	if err != nil {
		return nil, fmt.Errorf("runs: %w", err)
	}
	metrics := o.app.Metrics()
	l := &Listing{Runs: runs, Names: sync.OnceValue(func() []string { return store.Names(runs, metrics) }), read: began}
	o.last.Store(l)
	return l, nil
}

// Changed says that this program has changed a run, so that the next list is read again.
func (o *Roster) Changed() {
	o.turn <- struct{}{}
	o.last.Store(nil)
	<-o.turn
}
