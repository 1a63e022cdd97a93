// Package kindtest holds what the contract suites of all kinds share.
package kindtest

import (
	"reflect"
	"testing"

	"sedlab/internal/kind"
	"sedlab/internal/yamlpos"
)

// Config returns a config of kind k with the given keys, in YAML, such as
// "{missing_fraction: 0.4}". Other keys have their defaults.
func Config[C any](t testing.TB, k kind.Kind[C], keys string) C {
	t.Helper()
	errs, config := new(yamlpos.Errors), k.New()
	decoder := yamlpos.Decoder{Errs: errs}
	decoder.Decode(yamlpos.ParseValue(keys, k.Name, errs), "", config)
	if err := errs.Err(); err != nil {
		t.Fatal(err)
	}
	return config
}

// Check checks that config has the type of k's configs, that its tags make sense, and
// that k has a name, a doc and a version.
func Check[C any](t testing.TB, k kind.Kind[C], config C) {
	t.Helper()
	if got, want := reflect.TypeOf(config), reflect.TypeOf(k.New()); got != want {
		t.Fatalf("the test's config is a %v, the kind's a %v", got, want)
	}
	yamlpos.Fields(config) // panics if its tags make no sense
	if k.Name == "" || k.Doc == "" || k.Version < 1 {
		t.Errorf("kind %q has doc %q, version %d; expected a name, a sentence, 1 or more", k.Name, k.Doc, k.Version)
	}
}

// Panics checks that f panics; what describes the cause in the error.
func Panics(t testing.TB, what string, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Errorf("%s: no panic", what)
		}
	}()
	f()
}
