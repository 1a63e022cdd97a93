package spec

import (
	"slices"

	"sedlab/internal/yamlpos"
)

// shadow is a value that a file gives a key, or nil, and the inherited sweep of
// that key, which takes the value's place.
type shadow struct {
	value *yamlpos.Node
	swept sweptKey
}

// sectionOf returns the value of a key, or the section of which only one key is
// given.
func sectionOf(root *yamlpos.Node, fields []yamlpos.Field, key string) *yamlpos.Node {
	if section, _, one := choice(fields, key); one {
		return root.Get(section)
	}
	return root.Get(key)
}

// refuseShadowed refuses values that no point would have, in the tree that is
// left after all edits.
func (c *composer) refuseShadowed(root *yamlpos.Node) {
	fields, left := c.fields(root), sweptKeys(root.Child("sweep"))
	refused := map[*yamlpos.Node]bool{nil: true}
	for _, s := range c.shadowed {
		key := s.swept.key
		if !refused[s.value] && sectionOf(root, fields, key) == s.value && slices.Contains(left, s.swept) {
			refused[s.value] = true
			c.add(s.value.Pos, key, "is swept at %s, so that no point would have this value; write %s instead, or unset it", s.swept.pos, s.swept.path)
		}
	}
}
