package spec

import (
	"slices"
	"strings"

	"sedlab/internal/yamlpos"
)

// Edit is one change to a spec. Edits are made in order.
type Edit struct {
	Origin string // messages name it, with Text, as the place: "--set" for example
	Text   string // "key=value" or "key+=list", with values in YAML; "key" to unset
	Unset  bool   // remove the key, so that its default applies
}

// edit returns the tree after one edit.
func (r *reader) edit(root *yamlpos.Node, e Edit) *yamlpos.Node {
	pos := yamlpos.Pos{Origin: strings.TrimSpace(e.Origin + " " + e.Text)}
	if e.Unset {
		return r.unset(root, e.Text, pos)
	}
	key, text, found := strings.Cut(e.Text, "=")
	if !found {
		r.add(pos, "", "expected key=value")
		return root
	}
	value := r.parseValue(text, pos.Origin)
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
	if a, ok := parseAddress(key); ok {
		if !r.checkBlock(root, a, key, value.Pos) {
			return root
		}
		return changeSweep(root, a, func(*yamlpos.Node, string) *yamlpos.Node { return value })
	}
	if e, ok := parseElement(key); ok {
		return r.changeElement(root, e, key, value, func(*yamlpos.Node) *yamlpos.Node { return value })
	}
	if key == "sweep" || key == "report" {
		return root.WithChild(key, value)
	}
	fields := r.editableFields(root)
	if name, ok := strings.CutPrefix(key, "priors."); ok && value.Kind == yamlpos.Mapping && !strings.Contains(name, ".") {
		return root.With(key, value) // which may be a new prior
	}
	if !r.checkKey(fields, key, value.Pos) {
		return root
	}
	for _, s := range sweptKeys(root.Child("sweep")) {
		switch {
		case s.key == key:
			r.add(value.Pos, key, "is swept by this spec; set %s instead", s.assignment(text))
			return root
		case excludes(fields, s.key, key):
			r.add(value.Pos, key, "cannot stand beside %s, which this spec sweeps; unset that first", s.key)
			return root
		}
	}
	var edit *yamlpos.Node
	return withKey(r.dropReplaced(root, edit.With(key, value)), fields, key, value)
}

// checkKey reports whether an edit can name a key, and refuses the key if not.
func (r *reader) checkKey(fields []yamlpos.Field, key string, pos yamlpos.Pos) bool {
	_, known := yamlpos.Find(fields, key)
	switch {
	case !known:
		r.add(pos, key, "unknown key; %s", insteadOfKey(key, yamlpos.Paths(fields, "")))
	case key == "extends" || key == "unset":
		r.add(pos, key, "can be written only in a file")
		known = false
	}
	return known
}

// excludes reports whether only one of two keys can be given.
func excludes(fields []yamlpos.Field, a, b string) bool {
	one, _, okOne := splitChoice(fields, a)
	other, _, okOther := splitChoice(fields, b)
	return okOne && okOther && one == other
}

// unset removes a key, so that its default applies.
func (r *reader) unset(root *yamlpos.Node, key string, pos yamlpos.Pos) *yamlpos.Node {
	dropped, found := drop(root, key)
	if a, ok := parseAddress(key); ok {
		if r.checkBlock(root, a, key, pos) && !found {
			r.add(pos, key, "is not swept by this spec")
		}
		return dropped
	}
	if e, ok := parseElement(key); ok {
		if r.checkKey(r.editableFields(root), e.list, pos) && !found {
			r.add(pos, key, "is not written in this spec")
		}
		return dropped
	}
	r.checkKey(r.editableFields(root), key, pos)
	return dropped
}

// parseValue reads the value of an edit. No text is the empty text, which is hard to
// quote in a shell.
func (r *reader) parseValue(text, origin string) *yamlpos.Node {
	if text == "" {
		return &yamlpos.Node{Pos: yamlpos.Pos{Origin: origin}, Quoted: true}
	}
	var errs yamlpos.Errors
	value := yamlpos.ParseValue(text, origin, &errs)
	for _, err := range errs.All() {
		r.add(err.Pos, err.Key, "%s", err.Problem)
	}
	if errs.Added() > 0 {
		return nil
	}
	return value
}

// insteadOfKey returns the second half of an error about an unknown key of the spec. It
// suggests a key that is near, or else those of the key's section, if that is known.
func insteadOfKey(key string, known []string) string {
	const short = 12 // keys that a message can list
	section := key
	for yamlpos.Near(key, known) == "" && len(known) > short {
		end := strings.LastIndexByte(section, '.')
		if end < 0 {
			return "expected a key of the spec, as docs/spec.md lists them"
		}
		section = section[:end]
		if own := keysBelow(section, known); len(own) > 0 {
			known = own
			break
		}
	}
	return yamlpos.Instead(key, known)
}

// keysBelow returns the paths of a section's own keys.
func keysBelow(section string, paths []string) (own []string) {
	for _, path := range paths {
		if name, ok := strings.CutPrefix(path, section+"."); ok && !strings.Contains(name, ".") {
			own = append(own, path)
		}
	}
	return own
}

// appendTo adds the elements of a list to the list of a key.
func (r *reader) appendTo(root *yamlpos.Node, key string, value *yamlpos.Node) *yamlpos.Node {
	if value.Kind != yamlpos.Sequence {
		r.add(value.Pos, key, "%s; expected a list to add, such as [1, 2]", value.Got())
		return root
	}
	if a, ok := parseAddress(key); ok {
		return r.appendToSweep(root, a, key, value)
	}
	if e, ok := parseElement(key); ok {
		return r.changeElement(root, e, key, value, func(old *yamlpos.Node) *yamlpos.Node { return r.joined(old, value, key) })
	}
	if key == "sweep" || key == "report" {
		return root.WithChild(key, r.joined(root.Child(key), value, key))
	}
	fields := r.editableFields(root)
	if !r.checkKey(fields, key, value.Pos) {
		return root
	}
	old, f := root.Get(key), yamlpos.Field{}
	if f, _ = yamlpos.Find(fields, key); old == nil {
		old = f.DefaultNode()
	}
	if old == nil && !f.List && f.Type != yamlpos.Raw {
		r.add(value.Pos, key, "is not a list; expected the key of a list")
		return root
	}
	return root.With(key, r.joined(old, value, key))
}

// joined returns the elements of two lists as one. old may be nil.
func (r *reader) joined(old, value *yamlpos.Node, key string) *yamlpos.Node {
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

// appendToSweep adds to the list of each block of an address.
func (r *reader) appendToSweep(root *yamlpos.Node, a address, key string, value *yamlpos.Node) *yamlpos.Node {
	switch {
	case !r.checkBlock(root, a, key, value.Pos):
		return root
	case !a.hasValue(root):
		r.add(value.Pos, key, "is not swept by this spec, so there is no list to add to")
		return root
	}
	return changeSweep(root, a, func(old *yamlpos.Node, path string) *yamlpos.Node {
		other := a.listElsewhere(root)
		switch {
		case old.Kind == yamlpos.Sequence:
		case old.Child("from") != nil:
			r.add(value.Pos, path, "is a range at %s, which has no list to add to; set %s=[…], with every value, instead", old.Pos, path)
			return old
		case other != "":
			r.add(value.Pos, path, "%s at %s; expected a list to add to, which only some blocks have; name one of these, such as %s", old.Got(), old.Pos, other)
			return old
		}
		return r.joined(old, value, path)
	})
}
