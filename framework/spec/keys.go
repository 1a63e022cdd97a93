package spec

import (
	"slices"
	"strings"

	"sedlab/internal/yamlpos"
)

// whyNotSweepable returns why the key of a field cannot be swept, or "".
func whyNotSweepable(key string, f yamlpos.Field) string {
	switch {
	case f.Type == yamlpos.Section || len(f.Fields) > 0 || key == "priors":
		return "is a section; sweep one of its keys"
	case f.Type == yamlpos.Raw || key == "name" || strings.HasPrefix(key, "select."):
		return "cannot be swept"
	case strings.HasPrefix(key, "priors.") && strings.Count(key, ".") == 2 && f.Name == "kind":
		return "cannot be swept; write a second prior instead: every prior is run at every point"
	}
	return ""
}

// sweepablePaths returns all keys that can be swept.
func sweepablePaths(fields []yamlpos.Field) []string {
	return slices.DeleteFunc(yamlpos.Paths(fields, ""), func(path string) bool {
		f, _ := yamlpos.Find(fields, path)
		return whyNotSweepable(path, f) != ""
	})
}

// splitChoice splits a key of a section of which only one key can be given into the
// section and its own name. It returns false for other keys.
func splitChoice(fields []yamlpos.Field, key string) (section, name string, ok bool) {
	i := strings.LastIndexByte(key, '.')
	if i < 0 {
		return "", "", false
	}
	f, found := yamlpos.Find(fields, key[:i])
	return key[:i], key[i+1:], found && f.OneOf
}

// withKey returns the tree with a value at key. In a section of which only one key can
// be given, the value replaces the other keys.
func withKey(root *yamlpos.Node, fields []yamlpos.Field, key string, value *yamlpos.Node) *yamlpos.Node {
	if section, name, ok := splitChoice(fields, key); ok {
		var alone *yamlpos.Node
		return root.With(section, alone.WithChild(name, value))
	}
	return root.With(key, value)
}
