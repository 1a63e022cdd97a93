package cli

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"sedlab/framework/store"
	"sedlab/internal/yamlpos"
)

// listFlags are the flags of sedlab runs ls.
type listFlags struct {
	root, name, since, sort string
	status, tags, where     []string
	reverse, json           bool
	limit                   int
}

func (a *app) runsListCommand() *cobra.Command {
	var f listFlags
	c := &cobra.Command{
		Use:   "ls",
		Short: "List runs, the newest first",
		Long: "Ls lists the runs of a folder. --where compares any key of the spec, as in spec.yaml of a run: a swept key\n" +
			"has every value that the sweep gives it, and one that fits is enough (for != none may be equal). Runs without\n" +
			"the key are left out. mse is the median over all rows of the prior where it is lowest.",
		Example: "  sedlab runs ls --where priors.glo.code_dim=50 --where 'problem.missing_fraction>=0.5' --sort mse.glo\n" +
			"  sedlab runs ls --name 'figure2*' --status done --since 7d",
		Args: args(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			list, err := f.list(a.metrics())
			if err != nil {
				return err
			}
			if f.json {
				return printJSON(a.stdout, append([]store.Summary{}, list...))
			}
			if len(list) == 0 {
				fmt.Fprintf(a.stderr, "sedlab: no such runs in %s\n", f.root)
				return nil
			}
			return a.printRuns(list)
		},
	}
	rootFlag(c, &f.root)
	c.Flags().StringVar(&f.name, "name", "", "only runs whose name or id matches a shell `pattern`")
	c.Flags().StringSliceVar(&f.status, "status", nil, "only runs of a `status`: "+statusNames())
	c.Flags().StringSliceVar(&f.tags, "tag", nil, "only runs with a `tag`; may be repeated")
	c.Flags().StringVar(&f.since, "since", "", "only runs that began since a `date`, or since an age such as 7d")
	c.Flags().StringArrayVar(&f.where, "where", nil, "only runs whose spec fits `key=value`; also != < <= > >=; may be repeated")
	c.Flags().StringVar(&f.sort, "sort", "started", "sort by started, name, seconds, or a median: "+
		strings.Join(a.metrics(), ", ")+", of the best prior or, as mse.glo, of one")
	c.Flags().BoolVar(&f.reverse, "reverse", false, "the other way round")
	c.Flags().IntVar(&f.limit, "limit", 0, "list at most `n` runs; 0 for all")
	jsonFlag(c, &f.json)
	return c
}

func statusNames() string {
	var names []string
	for _, s := range store.Statuses {
		names = append(names, string(s))
	}
	return strings.Join(names, ", ")
}

// list returns the runs that the flags ask for.
func (f *listFlags) list(metrics []string) ([]store.Summary, error) {
	query, err := f.query()
	if err != nil {
		return nil, usageError{err}
	}
	list, err := store.List(f.root)
	if err != nil {
		return nil, fmt.Errorf("runs: %w", err)
	}
	if list, err = query.Select(list); err != nil {
		return nil, usageError{fmt.Errorf("--where: %w", err)}
	}
	if err := store.Sort(list, f.sort, f.reverse, metrics); err != nil {
		return nil, usageError{fmt.Errorf("--%w", err)}
	}
	if f.limit > 0 && len(list) > f.limit {
		list = list[:f.limit]
	}
	return list, nil
}

func (f *listFlags) query() (q store.Query, err error) {
	q = store.Query{Name: f.name, Tags: f.tags}
	for _, s := range f.status {
		if !slices.Contains(store.Statuses, store.Status(s)) {
			return q, fmt.Errorf("--status %q: %s", s, yamlpos.Instead(s, strings.Split(statusNames(), ", ")))
		}
		q.Status = append(q.Status, store.Status(s))
	}
	if f.since != "" {
		if q.Since, err = parseSince(f.since, time.Now()); err != nil {
			return q, fmt.Errorf("--since %w", err)
		}
	}
	if f.limit < 0 {
		return q, fmt.Errorf("--limit %d: must not be negative", f.limit)
	}
	for _, text := range f.where {
		c, err := store.ParseCondition(text)
		if err != nil {
			return q, fmt.Errorf("--where: %w", err)
		}
		q.Where = append(q.Where, c)
	}
	return q, nil
}

func (a *app) printRuns(list []store.Summary) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "id\tstatus\tstarted\ttook\tcells\tmse\ttags")
	for _, s := range list {
		if s.Status == store.Unreadable {
			fmt.Fprintf(w, "%s\t%s\t-\t-\t-\t-\t(%s)\n", s.ID, s.Status, firstLine(s.Problem))
			continue
		}
		best := "-"
		if v, prior, ok := s.Best("mse"); ok {
			best = short(v) + " " + prior
		}
		last := strings.Join(s.Tags, " ")
		if s.Problem != "" {
			last = strings.TrimSpace(fmt.Sprintf("%s (%s)", last, firstLine(s.Problem)))
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d/%d\t%s\t%s\n", s.ID, s.Status, localTime(s.Started),
			duration(s.Status, s.Started, s.Seconds), s.Cells.Done, s.Cells.Total, best, last)
	}
	return w.Flush()
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
