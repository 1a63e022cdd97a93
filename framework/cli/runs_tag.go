package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"sedlab/framework/store"
)

func (a *app) runsTagCommand() *cobra.Command {
	var root string
	var asJSON bool
	c := &cobra.Command{
		Use:   "tag [--json] [--runs DIR] RUN [+TAG|-TAG]...",
		Short: "Add tags to a run, remove them, or print them",
		Long:  "Tag prints the tags of a run, after it has added those with + and removed those with -.\n" + runNames,
		Example: "  sedlab runs tag latest +thesis -draft\n" +
			"  sedlab runs ls --tag thesis",
		DisableFlagsInUseLine: true,
		Args:                  args(cobra.MinimumNArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			for _, change := range args[1:] {
				if strings.HasPrefix(change, "--") {
					return usageError{fmt.Errorf("%s: must come before the run; what follows it are tags", change)}
				}
			}
			dir, err := store.Find(root, args[0])
			if err != nil {
				return usageError{err}
			}
			tags, err := changeTags(dir, args[1:])
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(a.stdout, append([]string{}, tags...))
			}
			for _, tag := range tags {
				fmt.Fprintln(a.stdout, tag)
			}
			return nil
		},
	}
	c.Flags().SetInterspersed(false) // so that -tag is no flag
	rootFlag(c, &root)
	jsonFlag(c, &asJSON)
	return c
}

// changeTags changes a run's tags and returns them; without a change, a folder
// that cannot be written to will do.
func changeTags(dir string, changes []string) ([]string, error) {
	if len(changes) == 0 {
		return store.ReadTags(dir)
	}
	if err := store.CheckTags(changes); err != nil {
		return nil, usageError{err}
	}
	return store.Tag(dir, changes...)
}
