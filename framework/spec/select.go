package spec

import (
	"slices"
	"strings"

	"sedlab/internal/record"
	"sedlab/internal/yamlpos"
	"sedlab/operators"
)

// Select says which of the settings that a sweep tries is the best. A setting is
// a value for each swept key of the prior and of the solver; the sweep's other
// keys are conditions, and all errors that a setting has under them count.
type Select struct {
	Prior     string `spec:"prior" default:"\"\"" example:"glo" doc:"prior whose settings are compared; may be left out where there is one"`
	Metric    string `spec:"metric" default:"mse" enum:"@errors" example:"measurement_loss" doc:"error of a signal; the setting with the lowest is the best"`
	Statistic string `spec:"statistic" default:"median" enum:"median|mean" doc:"of a setting's errors; that of a signal that failed is infinite"`
}

// among returns what is chosen in a spec with some priors.
func (s *Select) among(list []*Prior) *Select {
	if s != nil && s.Prior == "" && len(list) == 1 {
		s.Prior = list[0].Name
	}
	return s
}

// checkSelect checks that a spec's choice is one between the sweep's settings.
func (r *reader) checkSelect(f *File) {
	s, at, names := f.Base.Select, f.root.Child("select"), f.priorNames()
	switch {
	case s == nil:
	case s.Prior == "" && len(names) > 1:
		r.add(at.Pos, "select.prior", "missing; expected one of %s", strings.Join(names, ", "))
	case s.Prior != "" && !slices.Contains(names, s.Prior):
		r.add(at.Place("prior"), "select.prior", "got %q, which is no prior of this spec; %s", s.Prior, yamlpos.Instead(s.Prior, names))
	case len(f.SettingKeys()) == 0 && r.yaml.Errs.Len() == 0:
		r.add(at.Pos, "select", "has nothing to choose from; expected a sweep of keys of priors.%s or solver", s.Prior)
	}
}

// priorNames returns the names of all priors that are written, right or wrong.
func (f *File) priorNames() (names []string) {
	for _, e := range mapping(f.root.Child("priors")).Entries {
		names = append(names, e.Key)
	}
	return names
}

// SettingKeys returns the swept keys whose values make a setting that Select
// compares, in the order of SweptKeys; without a Select there are none.
func (f *File) SettingKeys() []string {
	return slices.DeleteFunc(f.SweptKeys(), func(key string) bool { return !f.ofSetting(key) || key == f.resource() })
}

// ofSetting reports whether a key is part of the settings that Select compares.
func (f *File) ofSetting(key string) bool {
	s := f.Base.Select
	return s != nil && (strings.HasPrefix(key, "priors."+s.Prior+".") || strings.HasPrefix(key, "solver."))
}

// checkConditions refuses a sweep in which one setting has it easier than
// another: each must be tried under the same values of all other keys.
func (r *reader) checkConditions(f *File) {
	if f.Base.Select == nil || r.yaml.Errs.Len() > 0 {
		return
	}
	all, tried := map[record.Key]bool{}, map[record.Key]map[record.Key]bool{} // conditions; those of each setting
	var keys []string
	for _, p := range f.points {
		var settings, conditions []any
		for _, v := range p.Values {
			switch {
			case v.Key == f.resource():
			case f.ofSetting(v.Key):
				settings = append(settings, v.Value)
			case !strings.HasPrefix(v.Key, "priors."): // another prior's keys change nothing
				conditions = append(conditions, v.Value)
				if !slices.Contains(keys, v.Key) {
					keys = append(keys, v.Key)
				}
			}
		}
		setting, condition := record.KeyOf(settings...), record.KeyOf(conditions...)
		if tried[setting] == nil {
			tried[setting] = map[record.Key]bool{}
		}
		all[condition], tried[setting][condition] = true, true
	}
	for _, conditions := range tried {
		if len(conditions) < len(all) {
			r.add(f.root.Place("sweep"), "sweep", "tries some settings under other values of %s than others, so that select cannot compare them; "+
				"expected all settings under the same", strings.Join(keys, ", "))
			return
		}
	}
}

// selected checks that what a point measures can be chosen by.
func (c pointCheck) selected() {
	chosen := c.spec.Select
	if chosen == nil {
		return
	}
	if split := c.spec.Evaluate.Split; split != "validation" {
		at := c.root().Get("evaluate.split")
		if at == nil {
			at = c.root().Child("select")
		}
		c.reader.add(at.Pos, "evaluate.split", "got %s, but select chooses by it; expected validation: a setting that was chosen by the signals of %s looks better on them than it is",
			split, split)
	}
	if h, ok := c.spec.Problem.Operator.Config.(operators.Leveler); chosen.Metric == "mse_missing" && !(ok && h.Level() > 0) {
		c.add("select.metric", "got mse_missing, but nothing is missing; expected mse")
	}
}
