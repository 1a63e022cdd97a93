// Package app offers everything that sedlab can do as a library: check, plan and
// explain specs; run, resume and replay them; report, list, compare, export, tag, note
// and remove runs; look after the cache and the data sets.
//
// An [App] works on one folder of runs, with one [Catalog] of the kinds that specs can
// name. A [SpecRef] names a spec; a folder, an id, the beginning of an id, or "latest"
// names a run. Every result is a plain struct. Its JSON is what the command of the same
// name prints with --json. Progress goes to an [Events].
//
// The package prints nothing and knows no flags. Its errors carry facts; advice is up to
// the caller. They are [InterruptedError], [FailedCellsError] and the other error types
// of this package, such as [InputError] for data that cannot be used; [store.FindError];
// and [spec.Errors] for a spec that is wrong.
package app

import (
	"context"
	"math"
	"runtime"
	"time"

	"sedlab/datasets"
	"sedlab/framework/plan"
	"sedlab/framework/spec"
	"sedlab/framework/store"
	"sedlab/internal/f32"
	"sedlab/internal/machine"
	"sedlab/internal/record"
)

// Catalog lists everything that a spec can name.
type Catalog = spec.Catalog

// App is a folder of runs with their cache, and a catalog.
type App struct {
	Runs string // the folder of the run folders
	// Caches are the folders of the cache; if there are none, the one in the folder of the
	// runs in question. The first that can be written takes what is new. If none can, that in
	// the folder of the runs does.
	Caches []string
	// MaxMemory is the memory [bytes] that runs and data sets may take. If it is 0, runs may
	// take that of the machine, and data sets a multiple of the size of their file.
	MaxMemory int64
	// Lease is how long a process that shares the cache may be silent before others take over
	// what it works on; 0 for cache.Lease.
	Lease time.Duration
	// MaxTable is the memory [bytes] that a table of a run may take while Show, Diff, Report,
	// Draw and Search read it. If it is 0, the size of its file bounds it. What is larger is
	// refused with a *LargeTableError.
	MaxTable int64

	catalog  Catalog
	tables   tableCache
	kept     spectraCache
	repaired repairedCache
}

// Open returns an App for a folder of runs, which need not exist yet.
func Open(runs string, c Catalog) *App { return &App{Runs: runs, catalog: c} }

// SpecRef names a spec.
type SpecRef struct {
	Name     string      // a path, or the name of a shipped experiment
	Edits    []spec.Edit // made in order
	MaxCells uint        // the most cells that a sweep may have; 0 for spec.MaxCells
}

// Version describes the program.
func Version() store.Module { return store.Version() }

// options returns the options for reading a spec.
func (a *App) options(ref SpecRef) spec.Options {
	return spec.Options{Catalog: a.catalog, Edits: ref.Edits, MaxCells: int(min(ref.MaxCells, math.MaxInt)), AbsolutePaths: true}
}

func (a *App) load(ref SpecRef) (*spec.File, error) { return spec.Load(ref.Name, a.options(ref)) }

// thisMachine returns the properties of the machine and the program that change the bits
// of results.
func thisMachine() plan.Machine {
	return plan.Machine{Kernel: f32.Kernel() + "/" + runtime.GOARCH, Build: machine.Build()}
}

// identify returns what a plan identifies data and files with. digest returns the SHA-256 of a
// file.
func identify(ctx context.Context, digest datasets.Digest) plan.Identify {
	return plan.Identify{
		Data: func(d *spec.Dataset, seed uint64) (datasets.Identity, error) {
			return d.Source.Config.Identify(ctx, seed, digest)
		},
		File: func(path string) (string, error) { return digest(ctx, path) },
	}
}

// Metrics returns the names of the error columns, by which runs are compared.
func (a *App) Metrics() []string { return a.catalog.Columns().Names(record.Error) }

// Columns returns the columns of signals, with the scores of the catalog.
func (a *App) Columns() record.Columns { return a.catalog.Columns() }
