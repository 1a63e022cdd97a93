package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"sedlab/framework/spec"
	"sedlab/internal/yamlpos"
)

func (a *app) explainCommand() *cobra.Command {
	var flags specFlags
	var asJSON bool
	c := &cobra.Command{
		Use:     "explain SPEC [KEY]",
		Short:   "Say what each value of a spec is, where it comes from, and what it means",
		Example: "  sedlab explain paper/figure2a solver\n  sedlab explain mine.yaml priors.glo.train.epochs --set priors.glo.train.epochs=200",
		Args:    args(cobra.RangeArgs(1, 2)),
		RunE: func(_ *cobra.Command, args []string) error {
			f, err := spec.Load(args[0], a.specOptions(flags))
			if err != nil {
				return err
			}
			settings := f.Settings()
			if len(args) == 2 {
				if settings, err = below(append(settings, f.SweepSettings()...), args[1]); err != nil {
					return err
				}
			}
			return a.printSettings(settings, asJSON)
		},
	}
	flags.add(c)
	jsonFlag(c, &asJSON)
	return c
}

// below returns the settings at a key or below it.
func below(settings []spec.Setting, key string) ([]spec.Setting, error) {
	var list []spec.Setting
	var known []string
	for _, s := range settings {
		known = append(known, s.Key)
		if s.At(key) {
			list = append(list, s)
		}
	}
	if len(list) > 0 {
		return list, nil
	}
	near := "; sedlab explain SPEC lists all keys"
	if name := yamlpos.Near(key, known); name != "" {
		near = fmt.Sprintf("; did you mean %q?", name)
	}
	return nil, usageError{fmt.Errorf("key %s: has no value in this spec%s", key, near)}
}

// explained is a setting as programs read it.
type explained struct {
	Key     string   `json:"key"`
	Value   rawJSON  `json:"value"`
	From    string   `json:"from"` // a place, a flag, "default", or that it is swept alone
	Meaning string   `json:"meaning,omitempty"`
	Unit    string   `json:"unit,omitempty"`
	Range   string   `json:"range,omitempty"`
	Default rawJSON  `json:"default,omitempty"`
	Swept   []values `json:"swept,omitempty"`
}

type values struct {
	Values rawJSON `json:"values"`
	From   string  `json:"from"`
}

// rawJSON is text that is JSON already.
type rawJSON string

// MarshalJSON returns the text.
func (j rawJSON) MarshalJSON() ([]byte, error) { return []byte(j), nil }

func explain(s spec.Setting) explained {
	e := explained{
		Key: s.Key, Value: rawJSON(s.Value), From: s.From.String(),
		Meaning: s.Field.Doc, Unit: s.Field.Unit, Range: allowed(s.Field),
	}
	if e.From == "" {
		e.From = "default"
		if s.Value == "null" {
			e.From = "no value but those of the sweep"
		}
	}
	if n := s.Field.DefaultNode(); n != nil {
		text, _ := n.MarshalJSON() // of a tree: it cannot fail
		e.Default = rawJSON(text)
	}
	for _, swept := range s.Sweep {
		e.Swept = append(e.Swept, values{rawJSON(swept.Values), swept.From.String()})
	}
	return e
}

// allowed says what values a key takes, where not any of its type.
func allowed(f yamlpos.Field) string {
	words := f.Enum
	if len(words) == 1 && strings.HasPrefix(words[0], "@") {
		words = nil // sedlab schema lists them
	}
	for _, w := range f.Words {
		words = append(words, w.Text)
	}
	if r := f.Range.String(); r != "" {
		words = append([]string{r}, words...)
	}
	return strings.Join(words, ", ")
}

func (a *app) printSettings(settings []spec.Setting, asJSON bool) error {
	var list []explained
	for _, s := range settings {
		list = append(list, explain(s))
	}
	if asJSON {
		return printJSON(a.stdout, list)
	}
	for _, e := range list {
		fmt.Fprintf(a.stdout, "%s: %s    (%s)\n", e.Key, e.Value, e.From)
		for _, s := range e.Swept {
			fmt.Fprintf(a.stdout, "    swept: %s    (%s)\n", s.Values, s.From)
		}
		var facts []string
		for _, fact := range []string{e.Meaning, e.Unit, e.Range} {
			if fact != "" {
				facts = append(facts, fact)
			}
		}
		if len(facts) > 0 {
			fmt.Fprintf(a.stdout, "    %s\n", strings.Join(facts, "; "))
		}
	}
	return nil
}
