package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"sedlab/framework/app"
)

//go:generate sh -c "go run sedlab schema --markdown > ../../docs/spec.md"

func (t *terminal) checkCommand() *cobra.Command {
	var ref app.SpecRef
	c := &cobra.Command{
		Use:   "check SPEC...",
		Short: "Report everything that is wrong with specs",
		Long: "Check reports everything that is wrong with specs. Of the data it reads the size alone, to see whether they fit into\n" +
			"the memory. A missing data file is only a note, because the spec may run elsewhere; it does not change the exit code.",
		RunE: func(c *cobra.Command, args []string) error {
			var list []*app.Checked
			for _, ref.Name = range args {
				if err := c.Context().Err(); err != nil {
					return err
				}
				checked, err := t.app.Check(ref)
				if err != nil {
					return err
				}
				list = append(list, checked)
				if t.json {
					continue
				}
				if err := t.printChecked(checked); err != nil {
					return err
				}
			}
			if t.json {
				if err := printJSON(t.stdout, list); err != nil {
					return err
				}
			}
			if slices.ContainsFunc(list, func(c *app.Checked) bool { return !c.OK }) {
				return exit(exitUsage)
			}
			return nil
		},
	}
	t.specFlags(c, &ref)
	t.jsonFlag(c)
	t.memoryFlag(c)
	return c
}

func (t *terminal) printChecked(c *app.Checked) error {
	if !c.OK {
		_ = c.Errors.Print(t.stderr) // a failure could not be reported anywhere else
		return nil
	}
	_, err := fmt.Fprintf(t.stdout, "%s: ok, %s, %s\n", c.Spec, plural(c.Cells, "cell"), plural(c.Trainings, "training"))
	for _, absent := range c.Absent {
		note := fmt.Sprintf("%s: %v", c.Spec, absent)
		if absent.Fetch != "" {
			note += "; " + command("data", "fetch", absent.Fetch) + " downloads it"
		}
		t.progress.Note(note)
	}
	for _, note := range c.Undrawn {
		t.progress.Note(note)
	}
	return err
}

func (t *terminal) explainCommand() *cobra.Command {
	var ref app.SpecRef
	c := answering(t, &cobra.Command{
		Use:     "explain SPEC [KEY]",
		Short:   "Say what each value of a spec is, where it comes from, and what it means",
		Example: "  sedlab explain paper/figure2a solver\n  sedlab explain mine.yaml priors.glo.train.epochs --set priors.glo.train.epochs=200",
	}, func(_ context.Context, args []string) ([]app.Explained, error) {
		ref.Name = args[0]
		return t.app.Explain(ref, strings.Join(args[1:], ""))
	}, printExplained)
	t.specFlags(c, &ref)
	return c
}

func printExplained(out io.Writer, list []app.Explained) {
	for _, e := range list {
		fmt.Fprintf(out, "%s: %s    (%s)\n", e.Key, e.Value, e.From)
		for _, s := range e.Swept {
			fmt.Fprintf(out, "    swept: %s    (%s)\n", s.Values, s.From)
		}
		facts := slices.DeleteFunc([]string{e.Meaning, e.Unit, e.Range}, func(s string) bool { return s == "" })
		if len(facts) > 0 {
			fmt.Fprintf(out, "    %s\n", strings.Join(facts, "; "))
		}
	}
}

func (t *terminal) schemaCommand() *cobra.Command {
	var markdown bool
	c := &cobra.Command{
		Use:   "schema",
		Short: "Print the format of specs as a JSON Schema, for editors",
		Long: "Schema prints the format of specs as a JSON Schema (2020-12). An editor with a YAML language server checks and completes\n" +
			"a spec whose first line is\n\n  # yaml-language-server: $schema=sedlab.schema.json\n\nbeside a file made by sedlab schema > sedlab.schema.json.",
		RunE: func(*cobra.Command, []string) error {
			if markdown {
				_, err := t.stdout.Write(t.app.Reference())
				return err
			}
			return printJSON(t.stdout, t.app.Schema())
		},
	}
	c.Flags().BoolVar(&markdown, "markdown", false, "print the reference for people, docs/spec.md")
	return c
}
