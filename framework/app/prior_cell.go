package app

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"sedlab/framework/cache"
	"sedlab/framework/plan"
	"sedlab/framework/search"
	"sedlab/internal/yamlpos"
)

// priorIn returns a cell of the named prior of a run, and its training.
func priorIn(ctx context.Context, r *recorded, name string, c *cache.Cache) (cell plan.Cell, t plan.Training, err error) {
	trainedOn := thisMachine()
	trainedOn.Kernel = r.machine().Kernel
	work, err := search.New(r.file, trainedOn, identify(ctx, c.Digest))
	if err != nil {
		return cell, t, err
	}
	if cell, err = cellOf(work.Plan(), r.ID, name); err != nil {
		return cell, t, err
	}
	return cell, work.Plan().Trainings[cell.Trainings[0]], nil
}

// recommended is the name of the prior that is meant where a run has several and none is named.
const recommended = "best"

// cellOf returns a cell of the prior with a name, or of the only or recommended prior. It is an error if the
// run has trained several priors of that name, or solved with it by several solvers, and if the prior
// is made of others.
func cellOf(p *plan.Plan, run, name string) (cell plan.Cell, err error) {
	var names []string
	trainings, solvers, composed := map[int]bool{}, map[string]bool{}, false
	for _, c := range p.Cells {
		if c.Prior.Composer() != nil {
			composed = composed || c.Prior.Name == name
			continue
		}
		if !slices.Contains(names, c.Prior.Name) {
			names = append(names, c.Prior.Name)
		}
		if c.Prior.Name != name {
			continue
		}
		if len(trainings) == 0 {
			cell = c
		}
		trainings[c.Trainings[0]] = true
		keys := "" // nothing is read
		if n := c.Prior.SolverKeys(); n != nil {
			keys = string(n.Canonical())
		}
		solvers[keys] = true
	}
	if name == "" && len(names) == 1 {
		return cellOf(p, run, names[0])
	}
	if name == "" && slices.Contains(names, recommended) {
		return cellOf(p, run, recommended)
	}
	switch {
	case name == "":
		err = fmt.Errorf("run %s has several priors; expected %s:NAME with one of %s", run, run, strings.Join(names, ", "))
	case composed:
		err = fmt.Errorf("prior %s of run %s is an ensemble, which reconstruct cannot use; expected one of %s", name, run, strings.Join(names, ", "))
	case len(trainings) == 0:
		err = fmt.Errorf("run %s has no prior %q; %s", run, name, yamlpos.Instead(name, names))
	case len(trainings) > 1:
		err = fmt.Errorf("run %s trained prior %s %d times, with different settings; run a spec that has only one", run, name, len(trainings))
	case len(solvers) > 1:
		err = fmt.Errorf("run %s solved with prior %s under %d different solver or search settings; run a spec that has only one", run, name, len(solvers))
	default:
		return cell, nil
	}
	return plan.Cell{}, &QueryError{err}
}
