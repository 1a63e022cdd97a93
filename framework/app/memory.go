package app

import (
	"context"
	"fmt"

	"sedlab/datasets"
	"sedlab/framework/cache"
	"sedlab/framework/plan"
	"sedlab/framework/runner"
	"sedlab/framework/spec"
	"sedlab/internal/machine"
	"sedlab/internal/record"
)

// memory returns the memory [bytes] that a run may take, or 0 if that is unknown.
func (a *App) memory() float64 {
	if a.MaxMemory > 0 {
		return float64(a.MaxMemory)
	}
	return float64(machine.Limit())
}

// withMemory returns a context in which data sets may take what the App allows.
func (a *App) withMemory(ctx context.Context) context.Context {
	if a.MaxMemory > 0 {
		return datasets.WithMemory(ctx, a.MaxMemory)
	}
	return ctx
}

// withTables returns a context in which the tables of runs may take what the App allows.
func (a *App) withTables(ctx context.Context) context.Context {
	if a.MaxTable > 0 {
		return record.WithLimit(ctx, a.MaxTable)
	}
	return ctx
}

// knownSize returns the size of a data set as far as it is known without loading it. Steps
// may change the number of fluxes.
func knownSize() func(*spec.Dataset) plan.Size {
	sizes := map[*spec.Dataset]plan.Size{}
	return func(d *spec.Dataset) plan.Size {
		n, known := sizes[d]
		if !known && len(d.Preprocess) == 0 {
			n.Signals, n.Fluxes = d.Source.Config.Size()
			if m, ok := d.Source.Config.(datasets.Measurer); ok {
				n.Signals, n.Fluxes = m.Measure()
			}
		}
		sizes[d] = n
		return n
	}
}

// afford refuses a plan that needs more memory than there is, or makes more rows than a
// table may have. The error is a *spec.Errors.
func (a *App) afford(p *plan.Plan, size func(*spec.Dataset) plan.Size, trains func(training int) bool) error {
	var errs spec.Errors
	n := p.Need(size, trains)
	// The number of signals on a side of a split is known only roughly before the run.
	if most := 0.95 * record.MaxRows; n.Rows > most {
		errs.Add(p.File.Place("evaluate.signals"), "evaluate.signals", "the run would have about %.3g rows, one for each cell and signal; expected at most %.3g: evaluate "+
			"fewer signals, or make two runs of the sweep", n.Rows, most)
	}
	if have := a.memory(); have > 0 && n.Memory > have {
		key := n.Key
		errs.Add(p.File.Place(key), key, "%s: the run would take at least %s of memory, most of it for this, and may take %s: that of "+
			"--max-memory, or else of the machine, its container or its resource limits", n.What, gigabytes(n.Memory), gigabytes(have))
	}
	return errs.Err()
}

// affordPart is afford for a part of a run that has been loaded.
func (a *App) affordPart(p *plan.Plan, c *cache.Cache, load *runner.Runner) error {
	return a.afford(p, load.Size, func(i int) bool { return !c.Has(cache.Priors, p.Trainings[i].Key) })
}

func gigabytes(bytes float64) string { return fmt.Sprintf("%.3g GB", bytes/1e9) }

// everything says of each training that it is to be done.
func everything(int) bool { return true }
