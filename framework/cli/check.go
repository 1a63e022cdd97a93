package cli

import (
	"errors"
	"fmt"

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
			var failed error
			var plans []*plan.Plan
			for _, name := range args {
				p, err := a.load(name, sets)
				if err != nil {
					if failed != nil {
						printError(a.stderr, failed)
					}
					failed = err
					continue
				}
				plans = append(plans, p)
				if !asJSON {
					fmt.Fprintf(a.stdout, "%s: ok, %s\n", name, count(p))
				}
			}
			if asJSON {
				return errors.Join(failed, printJSON(a.stdout, plans))
			}
			return failed
		},
	}
	a.setFlag(c, &sets)
	jsonFlag(c, &asJSON)
	return c
}

func count(p *plan.Plan) string {
	return fmt.Sprintf("%d cells, %d trainings", len(p.Cells), len(p.Trainings))
}
