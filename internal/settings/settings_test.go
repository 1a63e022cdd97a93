package settings_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"sedlab/internal/settings"
)

func TestDiffOfJSON(t *testing.T) {
	read := func(text string) settings.List {
		l, err := settings.OfJSON([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	a := read(`{"z": 1, "data": {"sha256": "ab", "split": {"train": 0.9}}, "hidden": [8, 8], "none": null, "empty": {}}`)
	b := read(`{"z": 1.0, "data": {"sha256": "cd"}, "hidden": [8, 9], "none": null, "new": true}`)
	at := func(key string, v any) *settings.Setting { return &settings.Setting{Key: key, Value: v} }
	want := []settings.Change{
		{Key: "data.sha256", A: at("data.sha256", "ab"), B: at("data.sha256", "cd")},
		{Key: "data.split.train", A: at("data.split.train", 0.9)},
		{Key: "hidden", A: at("hidden", []any{8.0, 8.0}), B: at("hidden", []any{8.0, 9.0})},
		{Key: "new", B: at("new", true)},
	}
	if d := cmp.Diff(want, settings.Diff(a, b)); d != "" {
		t.Error(d)
	}
	if changes := settings.Diff(a, a); changes != nil {
		t.Errorf("itself: %v", changes)
	}
	for _, text := range []string{"", "[1]", "{"} {
		if l, err := settings.OfJSON([]byte(text)); err == nil {
			t.Errorf("%q: %v", text, l)
		}
	}
}
