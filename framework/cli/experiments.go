package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"sedlab/framework/app"
)

func (t *terminal) experimentsCommand() *cobra.Command {
	return group("experiments", "The specs that ship with the program: list, show", t.experimentsListCommand(), t.experimentsShowCommand())
}

func (t *terminal) experimentsListCommand() *cobra.Command {
	return answering(t, &cobra.Command{
		Use:   "ls",
		Short: "List the specs that ship with the program, their questions, and how long they take",
	}, func(context.Context, []string) ([]app.Experiment, error) { return app.Experiments(), nil },
		func(out io.Writer, list []app.Experiment) {
			for _, e := range list {
				takes, _, _ := strings.Cut(e.Takes, ". ")
				fmt.Fprintf(out, "%s\n    %s\n    takes %s\n", e.Name, e.Question, takes)
			}
		})
}

func (t *terminal) experimentsShowCommand() *cobra.Command {
	return answering(t, &cobra.Command{
		Use:   "show NAME",
		Short: "Print the file of a spec that ships with the program",
		Long: "Show prints the file of a spec that ships with the program. Those whose names begin with base/ cannot be run; others\n" +
			"extend them.",
		Example: "  sedlab experiments show quickstart > mine.yaml",
	}, func(_ context.Context, args []string) (*app.Experiment, error) { return app.FindExperiment(args[0]) },
		func(out io.Writer, e *app.Experiment) { fmt.Fprint(out, e.Text) })
}
