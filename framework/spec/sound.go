package spec

import (
	"slices"
	"strings"

	"sedlab/internal/yamlpos"
)

// checkSound checks, of a spec in which something is wrong, whether those keys
// fit together that are right and that no sweep changes.
func (r *reader) checkSound(f *File) {
	doubtful := r.doubtful(f)
	if slices.Contains(doubtful, "") {
		return // what could not be read may be any key
	}
	c := pointCheck{f.Base, r, func() *yamlpos.Node { return f.root }}
	for _, p := range pointChecks {
		sound := !slices.ContainsFunc(p.reads, func(key string) bool {
			return slices.ContainsFunc(doubtful, func(other string) bool { return within(key, other) || within(other, key) })
		})
		if sound {
			p.check(c)
		}
	}
}

// doubtful returns the keys that are wrong or swept, and those that unknown keys
// may have been meant to be: their defaults are not what the author wants.
func (r *reader) doubtful(f *File) (keys []string) {
	add := func(key string) {
		key, _, _ = strings.Cut(key, "[")
		keys = append(keys, key)
		if _, known := yamlpos.Find(f.fields, key); known {
			return
		}
		if near := yamlpos.Near(key, yamlpos.Paths(f.fields, "")); near != "" {
			keys = append(keys, near)
		}
	}
	for _, err := range r.yaml.Errs.All() {
		add(err.Key)
	}
	for _, s := range sweptKeys(f.root.Child("sweep")) {
		add(s.key)
	}
	return keys
}

// within reports whether a key is a section, or in it.
func within(key, section string) bool {
	return key == section || strings.HasPrefix(key, section+".")
}
