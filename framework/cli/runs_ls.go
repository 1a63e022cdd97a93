package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sedlab/framework/app"
	"sedlab/framework/store"
)

// listFlags holds the flags of sedlab runs ls, some still as text.
type listFlags struct {
	app.ListOptions
	since         string
	status, where []string
	columns       []string
}

func (t *terminal) runsListCommand() *cobra.Command {
	var f listFlags
	c := answering(t, &cobra.Command{
		Use:   "ls",
		Short: "List runs, the newest first",
		Long:  "Ls lists the runs of a folder. " + whereHelp + " The median mse is that of the best prior, over all its rows; mse.glo\nis that of glo.",
		Example: "  sedlab runs ls --where priors.glo.code_dim=50 --where 'problem.missing_fraction>=0.5' --sort mse.glo\n" +
			"  sedlab runs ls --name 'figure2*' --status done --since 7d\n" +
			"  sedlab runs ls --columns id,mse.glo,solver.lambda,note --sort solver.lambda",
	}, func(context.Context, []string) (*listing, error) {
		if err := f.parse(); err != nil {
			return nil, usageError{err}
		}
		list, columns, err := t.app.ListColumns(f.ListOptions, f.columns...)
		if err != nil {
			return nil, err
		}
		if len(list) == 0 && !t.json {
			fmt.Fprintf(t.stderr, "%s: no such runs in %s\n", program, t.app.Runs)
		}
		return &listing{list, columns}, nil
	}, printRuns)
	f.register(c)
	c.Flags().StringSliceVar(&f.columns, "columns", nil, "show these `columns`, separated by commas: "+strings.Join(store.Properties(), ", ")+
		"; medians: "+strings.Join(t.app.Metrics(), ", ")+", of the best prior or, as mse.glo, of one; or keys of the spec")
	c.Flags().StringVar(&f.Sort, "sort", "started", "sort by a `column`, which may be any that --columns takes")
	c.Flags().BoolVar(&f.Reverse, "reverse", false, "reverse the order")
	c.Flags().IntVar(&f.Limit, "limit", 0, "list at most `n` runs; 0 for all")
	return c
}

// whereHelp explains --where in the help of commands.
const whereHelp = "--where compares any key of the spec, as in spec.yaml of a run, or a median such as\n" +
	"mse.glo. A swept key has all values that the sweep gives it, and one that fits is enough (for != none may be equal).\n" +
	"Runs without the key are left out."

// register adds the flags that say which runs are meant.
func (f *listFlags) register(c *cobra.Command) {
	c.Flags().StringVar(&f.Name, "name", "", "only runs whose name or id matches a shell `pattern`")
	c.Flags().StringSliceVar(&f.status, "status", nil, "only runs of a `status`: "+strings.Join(statusNames(), ", "))
	c.Flags().StringSliceVar(&f.Tags, "tag", nil, "only runs with a `tag`; may be repeated")
	c.Flags().StringVar(&f.since, "since", "", "only runs that began since a `date`, or since an age such as 7d")
	c.Flags().StringArrayVar(&f.where, "where", nil, "only runs whose spec fits `key=value`; also != < <= > >=; may be repeated")
}

func statusNames() (names []string) {
	for _, s := range store.Statuses {
		names = append(names, string(s))
	}
	return names
}

// parse converts the flags that are text.
func (f *listFlags) parse() (err error) {
	for _, s := range f.status {
		status, err := store.ParseStatus(s)
		if err != nil {
			return fmt.Errorf("--%w", err)
		}
		f.Status = append(f.Status, status)
	}
	if f.since != "" {
		if f.Since, err = store.ParseSince(f.since, time.Now()); err != nil {
			return fmt.Errorf("--since %w", err)
		}
	}
	if f.Limit < 0 {
		return fmt.Errorf("--limit %d: must not be negative", f.Limit)
	}
	for _, text := range f.where {
		c, err := store.ParseCondition(text)
		if err != nil {
			return fmt.Errorf("--where: %w", err)
		}
		f.Where = append(f.Where, c)
	}
	return nil
}
