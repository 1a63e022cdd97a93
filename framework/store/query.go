package store

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"reflect"
	"slices"
	"strings"
	"time"

	"sedlab/internal/settings"
	"sedlab/internal/yamlpos"
)

// Query says which runs of a list are wanted. The zero value wants all.
type Query struct {
	Name   string // shell pattern for the experiment's name or the run's ID
	Status []Status
	Tags   []string // all of them
	Since  time.Time
	Where  []Condition // all of them
	Words  []string    // in lower case: each is in the id, the name, the question, a tag or the note
}

// Select returns the runs that the query wants. It returns an error for a malformed
// pattern, or for a key that no run of the list has, because either would silently select
// nothing.
func (q Query) Select(list []Summary) ([]Summary, error) {
	found, err := q.Find(list)
	if err != nil {
		return nil, err
	}
	return values(found), nil
}

// Find is like Select, but returns the places of the runs in the list instead of copies.
func (q Query) Find(list []Summary) (found []*Summary, err error) {
	if _, err := path.Match(q.Name, ""); err != nil {
		return nil, fmt.Errorf("name %q: %w", q.Name, err)
	}
	if err := cmp.Or(q.knownKeys(list), q.comparable(list)); err != nil {
		return nil, err
	}
	for i := range list {
		if q.wants(&list[i]) {
			found = append(found, &list[i])
		}
	}
	return found, nil
}

func values(list []*Summary) []Summary {
	all := make([]Summary, len(list))
	for i, s := range list {
		all[i] = *s
	}
	return all
}

func (q Query) wants(s *Summary) bool {
	named := q.Name == ""
	for _, name := range []string{s.Name, s.ID} {
		match, _ := path.Match(q.Name, name) // Select has tried the pattern
		named = named || match
	}
	lacks := func(tag string) bool { return !slices.Contains(s.Tags, tag) }
	fails := func(c Condition) bool { return !c.holds(s.takes(c.Key)) }
	return named && (len(q.Status) == 0 || slices.Contains(q.Status, s.Status)) &&
		!s.Started.Before(q.Since) && !slices.ContainsFunc(q.Tags, lacks) && !slices.ContainsFunc(q.Where, fails) && s.mentions(q.Words)
}

// mentions reports whether each word is in one of the run's texts, ignoring case.
func (s *Summary) mentions(words []string) bool {
	if len(words) == 0 {
		return true
	}
	text := strings.ToLower(strings.Join([]string{s.ID, s.Name, s.Question, strings.Join(s.Tags, "\n"), s.Note}, "\n"))
	return !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(text, word) })
}

// takes returns the values that a key of the spec takes, or the median that its name says, such
// as mse or mse.glo, or the verdicts on claims.
func (s *Summary) takes(key string) []any {
	if values := s.Spec.Takes(key); values != nil {
		return values
	}
	if key == "claims" {
		var verdicts []any
		for _, v := range s.Claims {
			verdicts = append(verdicts, v)
		}
		return verdicts
	}
	metric, prior, one := strings.Cut(key, ".")
	v, _, known := s.Best(metric)
	if one {
		v, _, known = s.Best(metric, prior)
	}
	if !known {
		return nil
	}
	return []any{v}
}

// knownKeys returns an error if there is a condition whose key no run has.
func (q Query) knownKeys(list []Summary) error {
	for _, c := range q.Where {
		if len(list) == 0 || slices.ContainsFunc(list, func(s Summary) bool { return s.takes(c.Key) != nil }) {
			continue
		}
		problem := "no run has it"
		if near := yamlpos.Near(c.Key, specKeys(list)); near != "" {
			problem += fmt.Sprintf("; did you mean %q?", near)
		}
		return fmt.Errorf("key %s: %s", c.Key, problem)
	}
	return nil
}

// comparable returns an error if there is a condition that compares a text with a key that has
// numbers in all runs.
func (q Query) comparable(list []Summary) error {
	for _, c := range q.Where {
		if text, ok := c.Value.(string); ok && len(list) > 0 && !slices.ContainsFunc(list, func(s Summary) bool { return s.hasOther(c.Key) }) {
			return fmt.Errorf("key %s: has numbers; expected a number after %s instead of %q", c.Key, c.op, text)
		}
	}
	return nil
}

// hasOther reports whether a key has a value that is no number.
func (s *Summary) hasOther(key string) bool {
	return slices.ContainsFunc(s.takes(key), func(v any) bool { _, number := v.(float64); return !number })
}

// Condition compares a value with the values that a key of the spec takes in a run, or with a
// median of its results.
type Condition struct {
	Key   string
	Value any // as in settings.Setting
	op    string
}

// operators are tried in order, so "<=" stands before "<".
var operators = []string{"!=", "<=", ">=", "=", "<", ">"}

// ParseCondition reads a condition such as "priors.glo.code_dim>=50".
func ParseCondition(text string) (Condition, error) {
	at := strings.IndexAny(text, "!<>=")
	if at <= 0 {
		return Condition{}, fmt.Errorf("condition %q: expected key=value, or one of != < <= > >= for =", text)
	}
	for _, op := range operators {
		value, ok := strings.CutPrefix(text[at:], op)
		if !ok {
			continue
		}
		v, err := parseValue(strings.TrimSpace(value))
		if err != nil {
			return Condition{}, fmt.Errorf("condition %q: %w", text, err)
		}
		return Condition{Key: strings.TrimSpace(text[:at]), Value: v, op: op}, nil
	}
	return Condition{}, fmt.Errorf("condition %q: expected one of = != < <= > >= after the key", text)
}

// parseValue reads a value as in a spec, except that a missing value is the empty text.
func parseValue(text string) (any, error) {
	if text == "" {
		return "", nil
	}
	var errs yamlpos.Errors
	n := yamlpos.ParseValue(text, "value", &errs)
	if err := errs.Err(); err != nil {
		return nil, err
	}
	if n == nil {
		return nil, errors.New("not a value")
	}
	return settings.Plain(n), nil
}

// holds reports whether the condition is true of the values that a run's key takes. One
// value of a swept key is enough; for != none may be equal. No condition is true
// of a run without the key.
func (c Condition) holds(values []any) bool {
	return len(values) > 0 && slices.ContainsFunc(values, c.fits) == (c.op != "!=")
}

// fits reports whether the condition is true of one value. It treats != as =.
func (c Condition) fits(value any) bool {
	order, ok := compare(value, c.Value)
	switch c.op {
	case "<":
		return ok && order < 0
	case "<=":
		return ok && order <= 0
	case ">":
		return ok && order > 0
	case ">=":
		return ok && order >= 0
	}
	return reflect.DeepEqual(value, c.Value)
}

// compare orders two numbers or two texts; ok is false of other values.
func compare(a, b any) (order int, ok bool) {
	switch a := a.(type) {
	case float64:
		b, ok := b.(float64)
		return cmp.Compare(a, b), ok
	case string:
		b, ok := b.(string)
		return cmp.Compare(a, b), ok
	}
	return 0, false
}
