package store

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"sedlab/internal/yamlpos"
)

// Query says which runs of a list are wanted; the zero value, all.
type Query struct {
	Name   string // shell pattern that the experiment's name or the run's ID matches
	Status []Status
	Tags   []string // all of them
	Since  time.Time
	Where  []Condition // all of them
}

// Select returns the runs that the query wants. A malformed pattern, or a key that
// no run of the list has, is an error: it would silently select nothing.
func (q Query) Select(list []Summary) ([]Summary, error) {
	if _, err := path.Match(q.Name, ""); err != nil {
		return nil, fmt.Errorf("name %q: %w", q.Name, err)
	}
	if err := q.knownKeys(list); err != nil {
		return nil, err
	}
	var wanted []Summary
	for _, s := range list {
		if q.wants(&s) {
			wanted = append(wanted, s)
		}
	}
	return wanted, nil
}

func (q Query) wants(s *Summary) bool {
	named := q.Name == ""
	for _, name := range []string{s.Name, s.ID} {
		match, _ := path.Match(q.Name, name) // Select has tried the pattern
		named = named || match
	}
	lacks := func(tag string) bool { return !slices.Contains(s.Tags, tag) }
	fails := func(c Condition) bool { return !c.Holds(s.Spec) }
	return named && (len(q.Status) == 0 || slices.Contains(q.Status, s.Status)) &&
		!s.Started.Before(q.Since) && !slices.ContainsFunc(q.Tags, lacks) && !slices.ContainsFunc(q.Where, fails)
}

// knownKeys returns an error if no run has the key of a condition.
func (q Query) knownKeys(list []Summary) error {
	for _, c := range q.Where {
		if slices.ContainsFunc(list, func(s Summary) bool { return s.Spec.Takes(c.Key) != nil }) || len(list) == 0 {
			continue
		}
		keys := map[string]bool{}
		for _, s := range list {
			for _, setting := range s.Spec {
				keys[setting.Key] = true
			}
		}
		problem := "no run has it"
		if near := yamlpos.Near(c.Key, slices.Sorted(maps.Keys(keys))); near != "" {
			problem += fmt.Sprintf("; did you mean %q?", near)
		}
		return fmt.Errorf("key %s: %s", c.Key, problem)
	}
	return nil
}

// sorts are the orders of a list that are not by a metric.
var sorts = map[string]func(a, b *Summary) int{
	"started": func(a, b *Summary) int { return b.Started.Compare(a.Started) }, // the newest first
	"name":    func(a, b *Summary) int { return cmp.Compare(a.Name, b.Name) },
	"seconds": func(a, b *Summary) int { return cmp.Compare(a.Seconds, b.Seconds) },
}

// Sort sorts runs by "started" (newest first), "name", "seconds", the lowest median
// of a metric over the priors, such as "mse", or that of one prior, such as
// "mse.glo". Runs without the metric come last either way.
func Sort(list []Summary, by string, reverse bool) error {
	sign := 1
	if reverse {
		sign = -1
	}
	if order, ok := sorts[by]; ok {
		slices.SortStableFunc(list, func(a, b Summary) int { return sign * order(&a, &b) })
		return nil
	}
	metric, prior, _ := strings.Cut(by, ".")
	if !slices.Contains(Metrics(), metric) {
		known := append(slices.Sorted(maps.Keys(sorts)), Metrics()...)
		return fmt.Errorf("sort %q: %s", by, yamlpos.Instead(metric, known))
	}
	slices.SortStableFunc(list, func(a, b Summary) int {
		x, hasX := a.median(metric, prior)
		y, hasY := b.median(metric, prior)
		if hasX && hasY {
			return sign * cmp.Compare(x, y)
		}
		return cmp.Compare(rank(hasX), rank(hasY))
	})
	return nil
}

func rank(has bool) int {
	if has {
		return 0
	}
	return 1
}

// median returns a prior's median of a metric, or the best of all priors.
func (s *Summary) median(metric, prior string) (float64, bool) {
	if prior == "" {
		v, _, ok := s.Best(metric)
		return v, ok
	}
	for _, r := range s.Results {
		if r.Prior == prior {
			v, ok := r.Medians[metric]
			return v, ok
		}
	}
	return 0, false
}
