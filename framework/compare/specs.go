package compare

import (
	"cmp"
	"slices"

	"sedlab/framework/store"
)

// Change is a key at which two specs differ.
type Change struct {
	Key string  `json:"key"`
	A   *string `json:"a"` // JSON of the value; nil where the spec does not have the key
	B   *string `json:"b"`
}

// Specs returns the keys at which two resolved specs differ, in order.
func Specs(a, b store.Settings) []Change {
	changes := []Change{}
	keys := map[string]bool{}
	for _, s := range slices.Concat(a, b) {
		if keys[s.Key] {
			continue
		}
		keys[s.Key] = true
		x, inA := a.Get(s.Key)
		y, inB := b.Get(s.Key)
		if inA && inB && store.Same(x, y) {
			continue
		}
		changes = append(changes, Change{s.Key, textIf(inA, x), textIf(inB, y)})
	}
	slices.SortFunc(changes, func(x, y Change) int { return cmp.Compare(x.Key, y.Key) })
	return changes
}

func textIf(there bool, v any) *string {
	if !there {
		return nil
	}
	text := store.Text(v)
	return &text
}
