package compare

import "sedlab/internal/settings"

// Change is a key at which two specs differ.
type Change struct {
	Key string  `json:"key"`
	A   *string `json:"a"` // JSON of the value; nil where the spec does not have the key
	B   *string `json:"b"`
}

// Specs returns the keys at which two resolved specs differ, in order.
func Specs(a, b settings.List) []Change {
	changes := []Change{}
	for _, c := range settings.Diff(a, b) {
		changes = append(changes, Change{c.Key, textOf(c.A), textOf(c.B)})
	}
	return changes
}

func textOf(s *settings.Setting) *string {
	if s == nil {
		return nil
	}
	text := settings.Text(s.Value)
	return &text
}
