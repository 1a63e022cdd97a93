// Package kindtest makes configs of kinds for tests.
package kindtest

import (
	"testing"

	"sedlab/internal/kind"
	"sedlab/internal/yamlpos"
)

// Config returns a config of kind k with the given keys, in YAML, such as
// "{missing_fraction: 0.4}"; the others have their defaults.
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
