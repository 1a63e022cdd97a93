package cli

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"sedlab/framework/dataset"
	"sedlab/framework/spec"
)

// checked is what check says of one spec.
type checked struct {
	Spec      string       `json:"spec"`
	OK        bool         `json:"ok"`
	Name      string       `json:"name,omitempty"`
	Hash      string       `json:"hash,omitempty"`
	Cells     int          `json:"cells"`
	Trainings int          `json:"trainings"`
	Notes     []string     `json:"notes"`
	Errors    *spec.Errors `json:"errors"` // a list
}

func (a *app) checkCommand() *cobra.Command {
	var flags specFlags
	var asJSON bool
	c := &cobra.Command{
		Use:   "check SPEC...",
		Short: "Say whether specs are right, and everything that is wrong with them",
		Long: "Check says everything that is wrong with specs. It does not read data: a file that is not there is a note, as data\n" +
			"may be elsewhere, and changes no exit code.",
		Args: args(cobra.MinimumNArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			var failed error
			var list []checked
			for _, name := range args {
				result, err := a.check(name, flags)
				if err != nil && result.Errors == nil {
					return err
				}
				failed = errors.Join(failed, err)
				list = append(list, result)
				if !asJSON {
					a.printChecked(result, err)
				}
			}
			if asJSON {
				if err := printJSON(a.stdout, list); err != nil {
					return err
				}
			}
			if failed != nil {
				return printedError{failed}
			}
			return nil
		},
	}
	flags.add(c)
	jsonFlag(c, &asJSON)
	return c
}

func (a *app) check(name string, flags specFlags) (checked, error) {
	result := checked{Spec: name, Notes: []string{}, Errors: &spec.Errors{}}
	s, err := a.load(name, flags)
	if err == nil {
		result.Cells, result.Trainings, err = s.Count()
	}
	if err != nil {
		result.Errors = nil
		errors.As(err, &result.Errors)
		return result, err
	}
	p := s.Plan()
	result.OK, result.Name, result.Hash = true, p.File.Base.Name, p.File.Hash()
	for _, t := range p.Trainings {
		if note := absent(t.Dataset); note != "" && !slices.Contains(result.Notes, note) {
			result.Notes = append(result.Notes, note)
		}
	}
	return result, nil
}

// absent says of a data set's file that it is not there.
func absent(d spec.Dataset) string {
	path, remedy := d.Path, ""
	if path == "" && d.Source == "sdss-corrected" {
		path, _ = dataset.CachePath() // without one there is nothing to look for
		remedy = "; sedlab data fetch sdss-corrected downloads it"
	}
	if path == "" {
		return ""
	}
	switch info, err := os.Stat(path); {
	case err != nil:
		return fmt.Sprintf("the data are not here: %v%s", err, remedy)
	case !info.Mode().IsRegular():
		return fmt.Sprintf("the data are not here: %s is no regular file%s", path, remedy)
	}
	return ""
}

func (a *app) printChecked(c checked, err error) {
	if err != nil {
		printError(a.stderr, err)
		return
	}
	fmt.Fprintf(a.stdout, "%s: ok, %s, %s\n", c.Spec, plural(c.Cells, "cell"), plural(c.Trainings, "training"))
	for _, note := range c.Notes {
		fmt.Fprintf(a.stderr, "sedlab: note: %s: %s\n", c.Spec, note)
	}
}
