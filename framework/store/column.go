package store

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"sedlab/internal/settings"
	"sedlab/internal/yamlpos"
)

// Column is something that runs can be listed with, and sorted by: one of Properties, the
// median of a metric, or a key of the spec.
type Column struct {
	Name string
	// Value returns a run's value: a string, bool, float64, time.Time, Cells or []string,
	// or nil for none. A swept key has a []any with the values that it takes.
	Value func(*Summary) any
}

// properties are the columns that every run has.
var properties = []Column{
	{"id", func(s *Summary) any { return s.ID }},
	{"name", func(s *Summary) any { return orNil(s.Name) }},
	{"question", func(s *Summary) any { return orNil(s.Question) }},
	{"status", func(s *Summary) any { return string(s.Status) }},
	{"error", func(s *Summary) any { return orNil(s.Error) }},
	{"started", func(s *Summary) any { return orNil(s.Started) }},
	{"seconds", func(s *Summary) any { return orNil(s.Seconds) }},
	{"cells", func(s *Summary) any { return s.cells() }},
	{"claims", func(s *Summary) any { return listOrNil(s.Claims) }},
	{"tags", func(s *Summary) any { return listOrNil(s.Tags) }},
	{"note", func(s *Summary) any { return orNil(s.Note) }},
	{"replay_of", func(s *Summary) any { return orNil(s.ReplayOf) }},
}

// cells counts the cells so far, also of a run in progress.
func (s *Summary) cells() Cells {
	if p := s.Progress; p != nil && p.Prior == "" {
		return Cells{Total: p.Of, Done: p.Done}
	}
	return s.Cells
}

// listOrNil returns a list, or nil for an empty one.
func listOrNil(list []string) any {
	if len(list) == 0 {
		return nil
	}
	return list
}

// orNil returns a value, or nil for the zero value.
func orNil[T comparable](v T) any {
	if v == *new(T) {
		return nil
	}
	return v
}

// Properties returns the names of the columns that every run has.
func Properties() (names []string) {
	for _, c := range properties {
		names = append(names, c.Name)
	}
	return names
}

// FindColumn returns the column with a name. For a metric such as "mse" it has the lowest
// median over a run's priors; for "mse.glo", the median of that prior. The error says
// what else may be meant if no run of the list has such a column. Without runs, any name
// may be a key's that does not look like a mistyped property or metric.
func FindColumn(list []Summary, metrics []string, name string) (Column, error) {
	if i := slices.IndexFunc(properties, func(c Column) bool { return c.Name == name }); i >= 0 {
		return properties[i], nil
	}
	metric, prior, one := strings.Cut(name, ".")
	if slices.Contains(metrics, metric) {
		if one && len(list) > 0 && !slices.ContainsFunc(list, func(s Summary) bool { return slices.Contains(s.priors(), prior) }) {
			return Column{}, fmt.Errorf("%q: no run has a prior %s; %s", name, prior, yamlpos.Instead(prior, priorsOf(list)))
		}
		var only []string
		if one {
			only = []string{prior}
		}
		return Column{name, func(s *Summary) any { return s.median(metric, only...) }}, nil
	}
	known := append(Properties(), metrics...)
	near := yamlpos.Near(name, slices.Concat(known, specKeys(list)))
	if hasKey(list, name) && (near == "" || len(list) > 0) {
		return Column{name, func(s *Summary) any { return s.setting(name) }}, nil
	}
	if near == "" {
		return Column{}, fmt.Errorf("%q: expected a key of a run's spec or one of %s", name, strings.Join(known, ", "))
	}
	return Column{}, fmt.Errorf("%q: did you mean %q?", name, near)
}

// median returns Best as a column's value.
func (s *Summary) median(metric string, priors ...string) any {
	if v, _, ok := s.Best(metric, priors...); ok {
		return v
	}
	return nil
}

// setting returns the value of a key of the spec, or all values that it takes.
func (s *Summary) setting(key string) any {
	switch values := s.Spec.Takes(key); len(values) {
	case 0:
		return nil
	case 1:
		return values[0]
	default:
		return values
	}
}

// hasKey reports whether a run of the list has a key in its spec. A list without runs
// may have any.
func hasKey(list []Summary, key string) bool {
	return len(list) == 0 || slices.ContainsFunc(list, func(s Summary) bool { return s.Spec.Takes(key) != nil })
}

// specKeys returns the keys that the specs of some run have, in order.
func specKeys(list []Summary) []string {
	keys := map[string]bool{}
	for _, s := range list {
		for _, setting := range s.Spec {
			keys[setting.Key] = true
		}
	}
	return slices.Sorted(maps.Keys(keys))
}

// priorsOf returns the names of the priors of all runs, in order.
func priorsOf(list []Summary) []string {
	var priors []string
	for i := range list {
		priors = append(priors, list[i].priors()...)
	}
	slices.Sort(priors)
	return slices.Compact(priors)
}

// priors returns the names of a run's priors: of those with results, or in its spec.
func (s *Summary) priors() (names []string) {
	for _, r := range s.Results {
		names = append(names, r.Prior)
	}
	for _, setting := range s.Spec {
		below, found := strings.CutPrefix(setting.Key, "priors.")
		if prior, _, more := strings.Cut(below, "."); found && more {
			names = append(names, prior)
		}
	}
	return names
}

// Names returns the names of all columns that FindColumn may find in a list, apart from those
// of a single prior's metrics: properties, metrics, then keys of specs.
func Names(list []Summary, metrics []string) []string {
	return slices.Concat(Properties(), metrics, specKeys(list))
}

// Sort sorts runs by a column: numbers before texts, and the newest run first. Runs
// without a value come last, even in reverse.
func Sort(list []Summary, by Column, reverse bool) {
	order := make([]*Summary, len(list))
	for i := range list {
		order[i] = &list[i]
	}
	Order(order, by, reverse)
	copy(list, values(order))
}

// Order is Sort of pointers to runs.
func Order(list []*Summary, by Column, reverse bool) {
	sign := 1
	if reverse {
		sign = -1
	}
	type placed struct {
		place
		at int // in the list: equal runs stay in their order
	}
	places := make([]placed, len(list))
	for i, s := range list {
		places[i] = placed{placeOf(by.Value(s)), i}
	}
	slices.SortFunc(places, func(x, y placed) int {
		order := cmp.Compare(y.rank(), x.rank())
		if x.known && y.known {
			order = sign * cmp.Or(cmp.Compare(x.number, y.number), strings.Compare(x.text, y.text))
		}
		return cmp.Or(order, cmp.Compare(x.at, y.at))
	})
	unsorted := slices.Clone(list)
	for i, p := range places {
		list[i] = unsorted[p.at]
	}
}

// place is where a value stands in an order.
type place struct {
	known  bool
	number float64
	text   string
}

// rank is 1 for a value and 0 for none.
func (p place) rank() int {
	if p.known {
		return 1
	}
	return 0
}

func placeOf(value any) place {
	switch v := value.(type) {
	case nil:
		return place{}
	case float64:
		return place{known: true, number: v}
	case time.Time:
		return place{known: true, number: -float64(v.UnixMilli())}
	case Cells:
		return place{known: true, number: float64(v.Done)}
	case string:
		return place{true, math.Inf(1), v}
	case []string:
		return place{true, math.Inf(1), strings.Join(v, " ")}
	case []any:
		if len(v) > 0 {
			return placeOf(v[0])
		}
	}
	return place{true, math.Inf(1), settings.Text(value)}
}
