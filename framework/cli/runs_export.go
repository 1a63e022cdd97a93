package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"sedlab/framework/app"
)

func (t *terminal) runsExportCommand() *cobra.Command {
	var f listFlags
	var out string
	c := answering(t, &cobra.Command{
		Use:   "export",
		Short: "Write one table of all runs, their settings and results, for pandas and the like",
		Long: "Export writes one table with a row for each cell of each run: the run's properties, the settings at that point of\n" +
			"the sweep, and the median and quartiles of each error over the cell's signals. " + whereHelp,
		Example: "  sedlab runs export\n  sedlab runs export --status done --since 30d --out november.csv",
	}, func(ctx context.Context, _ []string) (*app.Exported, error) {
		if err := f.parse(); err != nil {
			return nil, usageError{err}
		}
		e, err := t.app.Export(ctx, f.Query, out)
		if err != nil {
			return nil, err
		}
		for _, problem := range e.Problems {
			t.progress.Note(problem)
		}
		return e, nil
	}, func(out io.Writer, e *app.Exported) {
		fmt.Fprintf(out, "%s: %s of %s\n", e.Out, plural(e.Rows, "row"), plural(e.Runs, "run"))
	})
	f.register(c)
	c.Flags().StringVar(&out, "out", "runs.parquet", "the `file` to write, .parquet or .csv")
	_ = c.MarkFlagFilename("out", "parquet", "csv") // it fails only for a flag that there is not
	return c
}
