package cli

import (
	"github.com/spf13/cobra"

	"sedlab/framework/spec/schema"
)

//go:generate sh -c "go run sedlab schema --markdown > ../../docs/spec.md"

func (a *app) schemaCommand() *cobra.Command {
	var markdown bool
	c := &cobra.Command{
		Use:   "schema",
		Short: "Print the format of specs as a JSON Schema, for editors",
		Long: "Schema prints the format of specs as a JSON Schema (2020-12). An editor with a YAML language server checks and completes\n" +
			"a spec whose first line is\n\n  # yaml-language-server: $schema=sedlab.schema.json\n\nbeside a file made by sedlab schema > sedlab.schema.json.",
		Args: args(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			opt := a.specOptions(specFlags{})
			if markdown {
				_, err := a.stdout.Write(schema.Reference(opt))
				return err
			}
			return printJSON(a.stdout, schema.New(opt))
		},
	}
	c.Flags().BoolVar(&markdown, "markdown", false, "print the reference for people, docs/spec.md")
	return c
}
