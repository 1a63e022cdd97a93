package cli

import (
	"github.com/spf13/cobra"

	"sedlab/framework/spec"
)

// specFlags are the flags of every command that reads a spec.
type specFlags struct {
	edits    []spec.Edit
	maxCells uint
}

// add gives the flags to a command.
func (f *specFlags) add(c *cobra.Command) {
	c.Flags().Var(editFlag{spec.FlagSet, &f.edits}, "set", "set a value of the spec, `key=value`, or add to a list, key+=[value]; may be repeated")
	c.Flags().Var(editFlag{spec.FlagUnset, &f.edits}, "unset", "take a `key` out of the spec, so that its default stands; may be repeated")
	c.Flags().UintVar(&f.maxCells, "max-cells", spec.MaxCells, "refuse a sweep of more cells")
}

// editFlag is --set or --unset: both add to one list, in the order given.
type editFlag struct {
	name  string
	edits *[]spec.Edit
}

// String is the flag's default, which is none.
func (f editFlag) String() string { return "" }

// Type is what the flag's help calls its value.
func (f editFlag) Type() string { return "edit" }

// Set adds an edit; what it says is checked with the spec.
func (f editFlag) Set(text string) error {
	*f.edits = append(*f.edits, spec.Edit{Flag: f.name, Text: text})
	return nil
}
