package app

import (
	"context"
	"fmt"
	"sync"
	"time"

	"sedlab/framework/store"
)

// Roster keeps the list of all runs in memory, and what lists show of each, for a program
// that shows lists to many people. All share one reading of the folder, so a list may be out
// of date by a second and by the time that reading takes.
type Roster struct {
	app    *App
	turn   chan struct{} // holds a value while somebody reads
	lister *store.Lister
	last   *Listing
	read   time.Time // when last was read; zero if it is out of date

	mu      sync.Mutex // guards glances
	glances map[string]glanced
	reading chan struct{} // holds a value while a run is read for a glance: one at a time
}

// Roster returns a Roster of the App's runs.
func (a *App) Roster() *Roster {
	return &Roster{app: a, turn: make(chan struct{}, 1), lister: store.NewLister(a.Runs), glances: map[string]glanced{}, reading: make(chan struct{}, 1)}
}

// mostAge is how long a list is shown without being read again.
const mostAge = time.Second

// Listing is the list of all runs at one time. It must not be changed.
type Listing struct {
	Runs []store.Summary
	// Names returns the names of the columns that runs can be listed with, apart from those
	// of a single prior's metrics.
	Names func() []string
}

// List returns the list of all runs. The error is that of reading the folder, or of ctx.
func (o *Roster) List(ctx context.Context) (*Listing, error) {
	select {
	case o.turn <- struct{}{}:
		defer func() { <-o.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if !o.read.IsZero() && time.Since(o.read) < mostAge {
		return o.last, nil
	}
	runs, err := o.lister.List()
	if err != nil {
		return nil, fmt.Errorf("runs: %w", err)
	}
	metrics := o.app.Metrics()
	o.last = &Listing{runs, sync.OnceValue(func() []string { return store.Names(runs, metrics) })}
	o.read = time.Now()
	return o.last, nil
}

// Changed says that this program has changed a run, so that the next list is read again.
func (o *Roster) Changed() {
	o.turn <- struct{}{}
	o.read = time.Time{}
	<-o.turn
}
