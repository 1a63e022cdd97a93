package cli

import (
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"sedlab/framework/plan"
)

func (a *app) checkCommand() *cobra.Command {
	var sets []string
	var asJSON bool
	c := &cobra.Command{
		Use:   "check SPEC...",
		Short: "Say whether specs are right, and everything that is wrong with them",
		Args:  args(cobra.MinimumNArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			var errs []error
			var plans []*plan.Plan
			for _, name := range args {
				p, err := a.load(name, sets)
				if err != nil {
					errs = append(errs, err)
					continue
				}
				plans = append(plans, p)
				if !asJSON {
					fmt.Fprintf(a.stdout, "%s: ok, %s\n", name, count(p))
				}
			}
			if err := errors.Join(errs...); err != nil || !asJSON {
				return err
			}
			return printJSON(a.stdout, plans)
		},
	}
	a.setFlag(c, &sets)
	jsonFlag(c, &asJSON)
	return c
}

func (a *app) planCommand() *cobra.Command {
	var sets []string
	var asJSON bool
	c := &cobra.Command{
		Use:   "plan SPEC",
		Short: "List the trainings and the cells of a spec, without running it",
		Args:  args(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			p, err := a.load(args[0], sets)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(a.stdout, p)
			}
			return a.printPlan(p)
		},
	}
	a.setFlag(c, &sets)
	jsonFlag(c, &asJSON)
	return c
}

func (a *app) printPlan(p *plan.Plan) error {
	fmt.Fprintf(a.stdout, "%s: %s\n\n", p.File.Base.Name, count(p))
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "training\tprior\tkind\tseed\tdata")
	for _, t := range p.Trainings {
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\n", t.Hash, t.Prior.Name, t.Prior.Kind, t.Seed, t.Dataset.Source)
	}
	fmt.Fprintln(w, "\ncell\ttraining\tprior\tat")
	for _, c := range p.Cells {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", c.ID, p.Trainings[c.Training].Hash, c.Prior.Name, at(c))
	}
	return w.Flush()
}

// at is where in the sweep a cell is.
func at(c plan.Cell) (s string) {
	for i, v := range c.Point.Values {
		if i > 0 {
			s += "  "
		}
		s += fmt.Sprintf("%s=%v", v.Key, v.Value)
	}
	return s
}

func count(p *plan.Plan) string {
	return fmt.Sprintf("%d cells, %d trainings", len(p.Cells), len(p.Trainings))
}
