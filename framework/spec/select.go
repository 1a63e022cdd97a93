package spec

import (
	"slices"
	"strings"

	"sedlab/internal/record"
	"sedlab/internal/yamlpos"
	"sedlab/operators"
	"sedlab/reports/scores"
)

// Select says which of a sweep's settings is the best. A setting is a value for each
// swept key of the prior and of the solver. The sweep's other keys are conditions, and
// the errors under all of them count.
type Select struct {
	Prior     string `spec:"prior" default:"\"\"" example:"glo" doc:"prior whose settings are compared; may be left out if there is only one"`
	Metric    string `spec:"metric" default:"mse" enum:"@errors" example:"measurement_loss" doc:"error of a signal; the setting with the lowest is the best"`
	Statistic string `spec:"statistic" default:"median" enum:"median|mean" doc:"of a setting's errors; a failed signal has an infinite error"`
}

// withPrior fills in the prior if the spec has only one.
func (s *Select) withPrior(list []*Prior) *Select {
	if s != nil && s.Prior == "" && len(list) == 1 {
		s.Prior = list[0].Name
	}
	return s
}

// checkSelect checks that select has a prior of the spec and settings to choose from.
func (r *reader) checkSelect(f *File) {
	s, written, names := f.Base.Select, f.root.Child("select"), f.priorNames()
	switch {
	case s == nil:
	case s.Prior == "" && len(names) > 1:
		r.add(written.Pos, "select.prior", "missing; expected one of %s", strings.Join(names, ", "))
	case s.Prior != "" && !slices.Contains(names, s.Prior):
		r.add(written.Place("prior"), "select.prior", "got %q, which is not a prior of this spec; %s", s.Prior, yamlpos.Instead(s.Prior, names))
	case len(f.SettingKeys()) == 0 && r.yaml.Errs.Added() == 0:
		r.add(written.Pos, "select", "has nothing to choose from; expected a sweep of keys of priors.%s or solver", s.Prior)
	}
}

// priorNames returns the names of all priors in the file, right or wrong.
func (f *File) priorNames() (names []string) {
	for _, e := range asMapping(f.root.Child("priors")).Entries {
		names = append(names, e.Key)
	}
	return names
}

// SettingKeys returns the swept keys whose values make a setting, in the order of
// SweptKeys. Without a Select there are none.
func (f *File) SettingKeys() []string {
	return slices.DeleteFunc(f.SweptKeys(), func(key string) bool { return !f.isSettingKey(key) || key == f.resource() })
}

// isSettingKey reports whether a key is part of the settings that Select compares: one of the
// solver, of the chosen prior or of its members.
func (f *File) isSettingKey(key string) bool {
	s := f.Base.Select
	if s == nil {
		return false
	}
	of := []string{s.Prior}
	for _, p := range f.Base.Priors {
		for _, m := range p.Members {
			if p.Name == s.Prior {
				of = append(of, m.Name)
			}
		}
	}
	return strings.HasPrefix(key, "solver.") || slices.ContainsFunc(of, func(name string) bool { return strings.HasPrefix(key, "priors."+name+".") })
}

// checkConditions refuses sweeps that do not try all settings under the same conditions,
// because some conditions could be easier.
func (r *reader) checkConditions(f *File) {
	if f.Base.Select == nil || r.yaml.Errs.Added() > 0 {
		return
	}
	all, bySetting := map[record.Key]bool{}, map[record.Key]map[record.Key]bool{}
	var keys []string
	for _, p := range f.points {
		var settings, conditions []any
		for _, v := range p.Values {
			switch {
			case v.Key == f.resource():
			case f.isSettingKey(v.Key):
				settings = append(settings, v.Value)
			case !strings.HasPrefix(v.Key, "priors."): // another prior's keys change nothing
				conditions = append(conditions, v.Value)
				if !slices.Contains(keys, v.Key) {
					keys = append(keys, v.Key)
				}
			}
		}
		setting, condition := record.KeyOf(settings...), record.KeyOf(conditions...)
		if bySetting[setting] == nil {
			bySetting[setting] = map[record.Key]bool{}
		}
		all[condition], bySetting[setting][condition] = true, true
	}
	for _, conditions := range bySetting {
		if len(conditions) < len(all) {
			r.add(f.root.Place("sweep"), "sweep", "tries some settings under other values of %s than others, so select cannot compare them; "+
				"expected the same values for all settings", strings.Join(keys, ", "))
			return
		}
	}
}

// selected checks that select can use the results of a point.
func (c pointCheck) selected() {
	chosen := c.spec.Select
	if chosen == nil {
		return
	}
	if split := c.spec.Evaluate.Split; split != "validation" {
		written := c.root().Get("evaluate.split")
		if written == nil {
			written = c.root().Child("select")
		}
		c.reader.add(written.Pos, "evaluate.split", "got %s, but select chooses by it; expected validation: a setting looks better than it is on the signals that chose it", split)
	}
	if h, ok := c.spec.Problem.Operator.Config.(operators.Leveler); ok && h.Level() > 0 {
		return
	}
	hidden := func(k scores.Kind) bool { return k.Name == chosen.Metric && k.OfHidden }
	if slices.ContainsFunc(c.reader.opt.Catalog.Scores, hidden) {
		c.add("select.metric", "got %s, but nothing is missing; expected an error that does not need missing fluxes", chosen.Metric)
	}
}
