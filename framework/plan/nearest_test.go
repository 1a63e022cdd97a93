package plan

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"

	"sedlab/framework/cache"
	"sedlab/internal/settings"
)

// candidatesOf returns candidates with the given inputs.
func candidatesOf(t *testing.T, inputs ...map[string]any) *Candidates {
	t.Helper()
	c := &Candidates{}
	for i, in := range inputs {
		flat, err := settings.OfJSON(encoded(t, in))
		if err != nil {
			t.Fatal(err)
		}
		c.infos, c.flat = append(c.infos, cache.Info{Key: cache.Key(fmt.Sprintf("%064d", i))}), append(c.flat, flat)
	}
	c.index()
	return c
}

func encoded(t *testing.T, v any) json.RawMessage {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// The index finds what a look at every candidate does.
func TestNearestIsThatOfACompleteSearch(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	draw := func() map[string]any {
		in := map[string]any{"same": 1}
		for _, key := range []string{"a", "b", "c", "d"} {
			if random.IntN(5) > 0 {
				in[key] = random.IntN(3)
			}
		}
		return in
	}
	for range 300 {
		var inputs []map[string]any
		for range random.IntN(12) {
			inputs = append(inputs, draw())
		}
		c, query := candidatesOf(t, inputs...), draw()
		got := c.Nearest(encoded(t, query))
		want, err := settings.OfJSON(encoded(t, query))
		if err != nil {
			t.Fatal(err)
		}
		best := -1
		for i, have := range c.flat {
			if best < 0 || len(difference(have, want)) < len(difference(c.flat[best], want)) {
				best = i
			}
		}
		switch {
		case best < 0 && got != nil, best >= 0 && (got == nil || got.Key != c.infos[best].Key):
			t.Fatalf("of %v, %v is nearest to %v; want %d", inputs, got, query, best)
		}
	}
}

// In a sweep, a comparison looks at few candidates, however many there are.
func TestNearestLooksAtFew(t *testing.T) {
	for _, n := range []int{100, 1000} {
		var inputs []map[string]any
		for i := range n {
			inputs = append(inputs, map[string]any{"prior": "zero", "missing": i, "operator": "inpainting"})
		}
		c := candidatesOf(t, inputs...)
		looked := 0
		for _, values := range c.groups[0].varied {
			looked += len(values[settings.Text(float64(n/2))])
		}
		if len(c.groups) != 1 || looked != 1 {
			t.Errorf("of %d candidates %d are looked at", n, looked)
		}
	}
}
