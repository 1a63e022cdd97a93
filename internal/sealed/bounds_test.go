package sealed_test

import (
	"encoding/json"
	"strings"
	"testing"

	"sedlab/internal/sealed"
)

// Text that would take hundreds of times its size to decode, or its square to print, is
// refused; that of a long list is not.
func TestJSONHasBounds(t *testing.T) {
	for name, test := range map[string]struct {
		v       any
		problem string
	}{
		"long list":   {map[string]any{"a": make([]int, 100_000)}, ""},
		"quoted":      {map[string]any{"a": strings.Repeat(`{"[,\`, 50_000)}, ""},
		"deep":        {map[string]any{"a": json.RawMessage(strings.Repeat("[", 200) + strings.Repeat("]", 200))}, "nested too deeply"},
		"not so deep": {map[string]any{"a": json.RawMessage(strings.Repeat("[", 90) + strings.Repeat("]", 90))}, ""},
	} {
		text, err := sealed.Marshal(test.v)
		if err != nil {
			t.Fatal(err)
		}
		var got any
		err = sealed.Unmarshal(text, &got)
		if (err == nil) != (test.problem == "") || err != nil && !strings.Contains(err.Error(), test.problem) {
			t.Errorf("%s: %v, expected %q", name, err, test.problem)
		}
	}
	many := []byte(`{"id": [` + strings.Repeat("{},", 100_000) + `{}]}`)
	if err := sealed.UnmarshalEither(many, new(any), "id"); err == nil || !strings.Contains(err.Error(), "values in") {
		t.Errorf("many values: %v", err)
	}
}
