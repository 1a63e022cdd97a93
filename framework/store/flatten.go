package store

import (
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"sedlab/internal/yamlpos"
)

// ReadSettings reads the resolved spec of a run folder. It needs to be YAML, but
// not a spec that this version could run.
func ReadSettings(dir string) (Settings, error) {
	path := filepath.Join(dir, SpecFile)
	text, err := readBounded(path, yamlpos.MaxBytes)
	if err != nil {
		return nil, err
	}
	var errs yamlpos.Errors
	root := yamlpos.Parse(text, path, &errs)
	if err := errs.Err(); err != nil {
		return nil, err
	}
	if root == nil || root.Kind != yamlpos.Mapping {
		return nil, fmt.Errorf("%s: not a spec; expected keys and values", path)
	}
	return flatten(root), nil
}

// sweepPrefix starts the keys of the values that a sweep gives to a key.
const sweepPrefix = "sweep."

// flatten returns the settings of a spec's tree, sorted by key.
func flatten(root *yamlpos.Node) Settings {
	var s Settings
	for _, e := range root.Entries {
		if e.Key == "sweep" {
			s = append(s, sweepSettings(e.Value)...)
			continue
		}
		s = appendSettings(s, e.Key, e.Value)
	}
	slices.SortStableFunc(s, func(a, b Setting) int { return cmp.Compare(a.Key, b.Key) })
	// A key with a dot in it can stand for two; no spec that ran has one.
	return slices.CompactFunc(s, func(a, b Setting) bool { return a.Key == b.Key })
}

func appendSettings(s Settings, key string, n *yamlpos.Node) Settings {
	if n.Kind != yamlpos.Mapping {
		return append(s, Setting{key, Plain(n)})
	}
	for _, e := range n.Entries {
		s = appendSettings(s, yamlpos.Join(key, e.Key), e.Value)
	}
	return s
}

// sweepSettings returns the values that each swept key takes, and under "sweep"
// the whole section where it is more than one grid.
func sweepSettings(n *yamlpos.Node) Settings {
	var s Settings
	if structured(n) {
		s = append(s, Setting{"sweep", Plain(n)})
	}
	values := map[string][]any{}
	seen := map[[2]string]bool{}
	swept(n, func(key string, value any) {
		if at := [2]string{key, Text(value)}; !seen[at] {
			seen[at] = true
			values[key] = append(values[key], value)
		}
	})
	for _, key := range slices.Sorted(maps.Keys(values)) {
		s = append(s, Setting{sweepPrefix + key, values[key]})
	}
	return s
}

// structured tells whether a sweep is something else than keys with lists of
// values: a list of such grids, or a section in a section.
func structured(n *yamlpos.Node) bool {
	return n.Kind == yamlpos.Sequence ||
		slices.ContainsFunc(n.Entries, func(e yamlpos.Entry) bool { return branches(e.Value) })
}

// branches tells whether a node of a sweep holds keys again, rather than values.
func branches(n *yamlpos.Node) bool {
	return n.Kind == yamlpos.Mapping || n.Kind == yamlpos.Sequence && slices.ContainsFunc(n.Items, branches)
}

// swept calls add for each value of each key of a sweep, however its grids,
// lists and points are nested.
func swept(n *yamlpos.Node, add func(key string, value any)) {
	for _, item := range n.Items {
		swept(item, add)
	}
	for _, e := range n.Entries {
		if e.Key == "repeat" { // lists seeds
			e.Key = "seed"
		}
		resource := e.Value.Child("resource")
		switch {
		case e.Key == "halving" && resource != nil: // its values between these two are in the rows
			for _, end := range []string{"from", "to"} {
				if v := e.Value.Child(end); v != nil {
					add(resource.Value, Plain(v))
				}
			}
		case branches(e.Value):
			swept(e.Value, add)
		case e.Value.Kind == yamlpos.Sequence:
			for _, item := range e.Value.Items {
				add(e.Key, Plain(item))
			}
		default:
			add(e.Key, Plain(e.Value))
		}
	}
}

// Plain returns a tree as Setting.Value documents it.
func Plain(n *yamlpos.Node) any {
	switch n.Kind {
	case yamlpos.Mapping:
		section := map[string]any{}
		for _, e := range n.Entries {
			section[e.Key] = Plain(e.Value)
		}
		return section
	case yamlpos.Sequence:
		list := make([]any, len(n.Items))
		for i, item := range n.Items {
			list[i] = Plain(item)
		}
		return list
	}
	if n.IsNull() {
		return nil
	}
	if v, ok := n.Scalar(); ok {
		return v
	}
	return strings.TrimSpace(n.Value)
}
