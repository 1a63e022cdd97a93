package spec

import (
	"slices"
	"strings"

	"sedlab/internal/yamlpos"
)

// Edit is a change that the command line makes to a spec, in the order given.
type Edit struct {
	Flag string // FlagSet or FlagUnset
	Text string // "key=value" or "key+=list", the value in YAML; of FlagUnset, "key"
}

// The flags that change a spec.
const (
	FlagSet   = "--set"
	FlagUnset = "--unset"
)

// edit returns the tree after one edit.
func (r *reader) edit(root *yamlpos.Node, e Edit) *yamlpos.Node {
	pos := yamlpos.Pos{Origin: e.Flag + " " + e.Text}
	if e.Flag == FlagUnset {
		return r.unset(root, e.Text, pos)
	}
	key, text, found := strings.Cut(e.Text, "=")
	if !found {
		r.add(pos, "", "expected key=value")
		return root
	}
	value := r.setValue(text, pos.Origin)
	if value == nil {
		return root
	}
	if key, ok := strings.CutSuffix(key, "+"); ok {
		return r.appendTo(root, key, value)
	}
	return r.set(root, key, text, value)
}

// set gives a key a value.
func (r *reader) set(root *yamlpos.Node, key, text string, value *yamlpos.Node) *yamlpos.Node {
	if a, ok := addressOf(key); ok {
		if !r.addressed(root, a, key, value.Pos) {
			return root
		}
		return changeSweep(root, a, func(*yamlpos.Node, string) *yamlpos.Node { return value })
	}
	if key == "sweep" || key == "report" {
		return root.WithChild(key, value)
	}
	fields := r.editable(root)
	if !r.known(fields, key, value.Pos) {
		return root
	}
	for _, s := range sweptKeys(root.Child("sweep")) {
		if s.key == key || sameChoice(fields, s.key, key) {
			r.add(value.Pos, key, "is swept by this spec; set %s instead", s.instead(text))
			return root
		}
	}
	var edit *yamlpos.Node
	return with(r.rekind(root, edit.With(key, value)), fields, key, value)
}

// known tells whether the command line can name a key, and refuses it if not.
func (r *reader) known(fields []yamlpos.Field, key string, pos yamlpos.Pos) bool {
	_, known := yamlpos.Find(fields, key)
	switch {
	case !known:
		r.add(pos, key, "unknown key; %s", instead(key, yamlpos.Paths(fields, "")))
	case key == "extends" || key == "unset":
		r.add(pos, key, "can be written in a file alone")
		known = false
	}
	return known
}

// sameChoice tells whether only one of two keys can be given.
func sameChoice(fields []yamlpos.Field, a, b string) bool {
	one, _, okOne := choice(fields, a)
	other, _, okOther := choice(fields, b)
	return okOne && okOther && one == other
}

// unset takes a key out, so that its default stands.
func (r *reader) unset(root *yamlpos.Node, key string, pos yamlpos.Pos) *yamlpos.Node {
	dropped, found := drop(root, key)
	if a, ok := addressOf(key); ok {
		if r.addressed(root, a, key, pos) && !found {
			r.add(pos, key, "is not swept by this spec")
		}
		return dropped
	}
	r.known(r.editable(root), key, pos)
	return dropped
}

// setValue reads the value; none is empty text, which a shell makes hard to quote.
func (r *reader) setValue(text, origin string) *yamlpos.Node {
	if text == "" {
		return &yamlpos.Node{Pos: yamlpos.Pos{Origin: origin}, Quoted: true}
	}
	var errs yamlpos.Errors
	value := yamlpos.ParseValue(text, origin, &errs)
	for _, err := range errs.All() {
		r.add(err.Pos, err.Key, "%s", err.Problem)
	}
	if errs.Len() > 0 {
		return nil
	}
	return value
}

// instead says what an unknown key of the spec should have been: one that is
// near, or else one of its section, if that is known.
func instead(key string, known []string) string {
	const screen = 12
	section := key
	for yamlpos.Near(key, known) == "" && len(known) > screen {
		end := strings.LastIndexByte(section, '.')
		if end < 0 {
			return "expected a key of the spec, as docs/spec.md lists them"
		}
		section = section[:end]
		if own := keysOf(section, known); len(own) > 0 {
			known = own
			break
		}
	}
	return yamlpos.Instead(key, known)
}

// keysOf returns the paths of a section's own keys.
func keysOf(section string, paths []string) (own []string) {
	for _, path := range paths {
		if name, ok := strings.CutPrefix(path, section+"."); ok && !strings.Contains(name, ".") {
			own = append(own, path)
		}
	}
	return own
}

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
