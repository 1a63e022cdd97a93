package spec

import (
	"slices"

	"sedlab/internal/yamlpos"
)

// appendTo adds the elements of a list to the list that a key has.
func (r *reader) appendTo(root *yamlpos.Node, key string, value *yamlpos.Node) *yamlpos.Node {
	if value.Kind != yamlpos.Sequence {
		r.add(value.Pos, key, "%s; expected a list to add, such as [1, 2]", value.Got())
		return root
	}
	if a, ok := addressOf(key); ok {
		return r.appendToSweep(root, a, key, value)
	}
	if key == "sweep" || key == "report" {
		return root.WithChild(key, r.more(root.Child(key), value, key))
	}
	fields := r.editable(root)
	if !r.known(fields, key, value.Pos) {
		return root
	}
	old := root.Get(key)
	if f, _ := yamlpos.Find(fields, key); old == nil {
		old = f.DefaultNode()
	}
	if old == nil {
		r.add(value.Pos, key, "is no list; expected a key that has one")
		return root
	}
	return root.With(key, r.more(old, value, key))
}

// more returns a list, which may not be there yet, with more elements.
func (r *reader) more(old, value *yamlpos.Node, key string) *yamlpos.Node {
	switch {
	case old == nil:
		return value
	case old.Kind != yamlpos.Sequence:
		r.add(value.Pos, key, "%s at %s; expected a list to add to", old.Got(), old.Pos)
		return old
	}
	copied := *value
	copied.Items = slices.Concat(old.Items, value.Items)
	return &copied
}

// appendToSweep adds to the list of each block that an address names.
func (r *reader) appendToSweep(root *yamlpos.Node, a address, key string, value *yamlpos.Node) *yamlpos.Node {
	switch {
	case !r.addressed(root, a, key, value.Pos):
		return root
	case !swept(root, a):
		r.add(value.Pos, key, "is not swept by this spec, so that there is no list to add to")
		return root
	}
	return changeSweep(root, a, func(old *yamlpos.Node, path string) *yamlpos.Node {
		other := a.withList(root)
		switch {
		case old.Kind == yamlpos.Sequence:
		case old.Child("from") != nil:
			r.add(value.Pos, path, "is a range at %s, which has no list to add to; set %s=[…], with every value, instead", old.Pos, path)
			return old
		case other != "":
			r.add(value.Pos, path, "%s at %s; expected a list to add to, which only some blocks have; name one of these, such as %s", old.Got(), old.Pos, other)
			return old
		}
		return r.more(old, value, path)
	})
}
