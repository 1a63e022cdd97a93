package spec

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"sedlab/internal/yamlpos"
)

// element is an address in a list outside of the sweep: report[0] is the first figure,
// report[0].y a key of it, and priors.glo.hidden[1] the second number of a list.
type element struct {
	list  string // the key of the list
	index int    // from 0
	path  string // below the element; empty for the element itself
}

var elementText = regexp.MustCompile(`^([^\[\]]+)\[([0-9]{1,9})\](?:\.([^\[\]]+))?$`)

// parseElement reads an address in a list. An address in the sweep is none.
func parseElement(path string) (e element, ok bool) {
	parts := elementText.FindStringSubmatch(path)
	if parts == nil || within(parts[1], "sweep") {
		return element{}, false
	}
	index, _ := strconv.Atoi(parts[2]) // nine digits cannot fail
	return element{parts[1], index, parts[3]}, true
}

// change returns the list with the element changed, which change gets and returns, nil
// to remove it. It returns false if the list has no such element.
func (e element) change(list *yamlpos.Node, change func(*yamlpos.Node) *yamlpos.Node) (*yamlpos.Node, bool) {
	if list == nil || list.Kind != yamlpos.Sequence || e.index >= len(list.Items) {
		return list, false
	}
	copied := *list
	copied.Items = slices.Clone(list.Items)
	if item := change(list.Items[e.index]); item != nil {
		copied.Items[e.index] = item
	} else {
		copied.Items = slices.Delete(copied.Items, e.index, e.index+1)
	}
	return &copied, true
}

// keys returns the keys that lead from an element to what is below it. The keys of a
// section of scalars, such as a figure's where, may have dots of their own.
func (e element) keys(item *yamlpos.Node, r *reader) []string {
	name, rest, more := strings.Cut(e.path, ".")
	scalars := func(k Entry) bool {
		f, _ := yamlpos.Find(k.Fields, name)
		return f.Type == yamlpos.Scalars
	}
	switch {
	case e.path == "":
		return nil
	case more && (item.Child(name).Child(rest) != nil || r != nil && slices.ContainsFunc(r.slots.Figure.Kinds, scalars)):
		return []string{name, rest}
	}
	return strings.Split(e.path, ".")
}

// drop returns the tree without the element, or without what is below it, and whether it
// was there. A list that is left empty is removed.
func (e element) drop(root *yamlpos.Node) (dropped *yamlpos.Node, found bool) {
	there := false
	list, ok := e.change(root.Get(e.list), func(item *yamlpos.Node) *yamlpos.Node {
		keys := e.keys(item, nil)
		if there = valueAt(item, keys) != nil; !there {
			return item
		}
		return withValueAt(item, keys, nil)
	})
	switch {
	case !ok || !there:
		return root, false
	case len(list.Items) == 0:
		return root.Drop(e.list)
	}
	return root.With(e.list, list), true
}

// changeElement makes an edit of an element, or of a key of it, whose old value, perhaps
// nil, change gets. key is the address, and value the value as the edit has it.
func (r *reader) changeElement(root *yamlpos.Node, e element, key string, value *yamlpos.Node, change func(*yamlpos.Node) *yamlpos.Node) *yamlpos.Node {
	fields, pos := r.editableFields(root), value.Pos
	if !r.checkKey(fields, e.list, pos) {
		return root
	}
	old := root.Get(e.list)
	if f, _ := yamlpos.Find(fields, e.list); old == nil {
		old = f.DefaultNode()
	}
	list, ok := e.change(old, func(item *yamlpos.Node) *yamlpos.Node {
		keys := e.keys(item, r)
		if len(keys) > 0 && item.Kind != yamlpos.Mapping {
			r.add(pos, key, "names a key of an element that is no section")
			return item
		}
		return withValueAt(item, keys, change(valueAt(item, keys)))
	})
	switch {
	case ok:
		list.Pos = pos
		return r.set(root, e.list, jsonOf(list), list)
	case old == nil:
		r.add(pos, key, "names an element of %s, which this spec does not have", e.list)
	case old.Kind != yamlpos.Sequence:
		r.add(pos, key, "names an element of %s, which is no list", e.list)
	case len(old.Items) == 0:
		r.add(pos, key, "names an element of an empty list; %s+=[…] adds one", e.list)
	default:
		r.add(pos, key, "names an element that the list does not have: its last is %s[%d]; %s+=[…] adds one", e.list, len(old.Items)-1, e.list)
	}
	return root
}
