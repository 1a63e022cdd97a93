package cache_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"testing"

	"sedlab/framework/cache"
)

func keyOf(t *testing.T, v any) cache.Key {
	t.Helper()
	key, _, err := cache.KeyOf(v)
	if err != nil {
		t.Fatal(err)
	}
	if !key.Valid() {
		t.Fatalf("%q is not valid", key)
	}
	return key
}

func TestSameIngredientsSameKey(t *testing.T) {
	type settings struct {
		Rate   float64
		Epochs int
		Nested map[string]any
	}
	want := keyOf(t, settings{Rate: 1000, Epochs: 2, Nested: map[string]any{"a": 1, "b": []int{1, 2}}})
	for name, v := range map[string]any{
		"other order":     json.RawMessage(`{"Epochs": 2, "Nested": {"b": [1, 2], "a": 1}, "Rate": 1000}`),
		"other numbers":   json.RawMessage(`{"Epochs":2.0,"Nested":{"b":[1,2e0],"a":1},"Rate":1e3}`),
		"a map":           map[string]any{"Epochs": 2, "Rate": 1e3, "Nested": map[string]any{"b": [2]int{1, 2}, "a": 1}},
		"pretty printing": json.RawMessage("{\n \"Rate\": 1000, \"Epochs\": 2,\n\t\"Nested\": {\"a\": 1, \"b\": [1, 2]}}"),
	} {
		if got := keyOf(t, v); got != want {
			t.Errorf("%s: key %s, want %s", name, got, want)
		}
	}
}

func TestOtherIngredientsOtherKey(t *testing.T) {
	seen := map[cache.Key]any{}
	for _, v := range []any{
		nil, 0, 1, "1", true, []int{}, []int{1, 2}, []int{2, 1}, map[string]int{}, map[string]int{"a": 1},
		map[string]int{"b": 1}, map[string]any{"a": []int{1}}, "", "<", "\\u003c", 0.1, 0.1 + 1e-17*10,
		uint64(math.MaxUint64), uint64(math.MaxUint64 - 1), int64(math.MinInt64), 1e300, 5e-324,
	} {
		key := keyOf(t, v)
		if before, known := seen[key]; known {
			t.Errorf("%#v and %#v have one key", before, v)
		}
		seen[key] = v
	}
}

func TestKeyOfRefuses(t *testing.T) {
	for _, v := range []any{math.NaN(), math.Inf(1), func() {}, json.RawMessage("{} {}"), json.RawMessage("1e999")} {
		if key, _, err := cache.KeyOf(v); err == nil {
			t.Errorf("%v has the key %s, want an error", v, key)
		}
	}
}

// Canonical texts joined by hand have the key of the whole.
func TestKeyOfCanonical(t *testing.T) {
	training := map[string]any{"seed": uint64(math.MaxUint64), "rate": 1e-7, "name": "<ä>", "hidden": []int{512, 64}}
	problem := map[string]any{"operator": "inpainting", "missing_fraction": 0.4}
	want, text, err := cache.KeyOf(map[string]any{"training": training, "problem": problem, "step": "solve"})
	if err != nil || cache.KeyOfCanonical(text) != want {
		t.Errorf("%s has the key %s, want %s (%v)", text, cache.KeyOfCanonical(text), want, err)
	}
	_, inner, err := cache.KeyOf(training)
	_, other, err2 := cache.KeyOf(problem)
	joined := fmt.Appendf(nil, `{"problem":%s,"step":"solve","training":%s}`, other, inner)
	if errors.Join(err, err2) != nil || string(joined) != string(text) {
		t.Errorf("joined:\n%s\nwhole:\n%s", joined, text)
	}
	c := open(t, t.TempDir())
	if err := c.Put(cache.Cells, cache.KeyOfCanonical(joined), cache.Meta{Ingredients: joined}, writeFiles); err != nil {
		t.Fatal(err)
	}
	whole(t, c, cache.Cells, want)
}

func TestPutRefusesAnotherKey(t *testing.T) {
	c := open(t, t.TempDir())
	text := json.RawMessage(`{"b":1,"a":2}`) // not canonical
	defer func() {
		if recover() == nil {
			t.Error("an entry was put under a key that it will not be found to have")
		}
	}()
	_ = c.Put(cache.Cells, cache.KeyOfCanonical(text), cache.Meta{Ingredients: text}, writeFiles)
}

func FuzzKeyOf(f *testing.F) {
	f.Add(`{"b":1,"a":[0.1,1e3,"x\u003c",null,{"z":18446744073709551615}]}`)
	f.Add("-0.0")
	f.Fuzz(func(t *testing.T, text string) {
		key, text1, err := cache.KeyOf(json.RawMessage(text))
		if err != nil {
			return
		}
		again, text2, err := cache.KeyOf(text1)
		if err != nil || again != key || string(text1) != string(text2) {
			t.Errorf("%s: the canonical %s has the key %s, not %s (%v)", text, text1, again, key, err)
		}
	})
}
