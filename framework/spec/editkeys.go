package spec

import (
	"slices"
	"strings"

	"sedlab/internal/yamlpos"
)

// EditKey is a key that an Edit can give a value.
type EditKey struct {
	Key   string
	Field yamlpos.Field
}

// EditKeys returns the keys that an Edit of the file can give a value: those of the kinds
// that the spec chooses, and of its lists' items, and the entries of its sweep. A key
// that is swept has only its entry there. Sections and the keys of further sweeps are
// left out.
func (f *File) EditKeys() (keys []EditKey) {
	swept := f.SweptKeys()
	for _, path := range yamlpos.Paths(f.fields, "") {
		field, _ := yamlpos.Find(f.fields, path)
		section := field.Type == yamlpos.Section || len(field.Fields) > 0 || field.Type == yamlpos.Raw && field.Name != "report"
		if !section && path != "extends" && path != "unset" && !slices.Contains(swept, path) {
			keys = append(keys, EditKey{path, field})
		}
	}
	for _, s := range f.SweepSettings() {
		keys = append(keys, EditKey{s.Key, s.Field})
	}
	return keys
}

// SweepKeys returns the keys under which an Edit can add to the sweep.
func (f *File) SweepKeys() (keys []EditKey) {
	for _, path := range sweepablePaths(f.fields) {
		if field, _ := yamlpos.Find(f.fields, path); !strings.HasPrefix(path, "select") {
			keys = append(keys, EditKey{yamlpos.Join("sweep", path), field})
		}
	}
	return keys
}

// Choices returns the words of a key's values: all that it can have, if they are words,
// or those that stand for numbers.
func (k EditKey) Choices(names map[string][]string) []string {
	list := slices.Clone(k.Field.Enum)
	if len(list) == 1 && strings.HasPrefix(list[0], "@") {
		list = names[list[0][1:]]
	}
	for _, w := range k.Field.Words {
		list = append(list, w.Text)
	}
	if k.Field.Type == yamlpos.Boolean {
		list = append(list, "true", "false")
	}
	return list
}
