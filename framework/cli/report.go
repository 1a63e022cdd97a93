package cli

import (
	"io"

	"github.com/spf13/cobra"

	"sedlab/framework/app"
)

func (t *terminal) reportCommand() *cobra.Command {
	var pdf bool
	c := &cobra.Command{
		Use:   "report RUN",
		Short: "Make a run's figures and report again, from its tables alone",
		Long: "Report makes figures/ and report.md of a run again, from its Parquet tables and the report section of its\n" +
			"spec.yaml, which may be edited first. RUN is a folder, an id or its beginning, or latest.",
		Args: args(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			summary, err := t.app.Report(args[0], pdf)
			if err != nil {
				return err
			}
			for _, skipped := range summary.Skipped {
				t.note(skipped)
			}
			return answer(t, summary, printReport)
		},
	}
	t.runsFlag(c)
	t.jsonFlag(c)
	c.Flags().BoolVar(&pdf, "pdf", false, "draw figures as PDF too")
	return c
}

// printReport prints where a report and its figures are.
func printReport(out io.Writer, s *app.Summary) error {
	return printLines(out, append([]string{s.Report}, s.Figures...))
}
