package yamlpos

import (
	"slices"
	"strings"
)

// Kind is the kind of a node.
type Kind uint8

// The kinds of a node.
const (
	Scalar Kind = iota
	Mapping
	Sequence
)

// Node is a value in a YAML tree, with aliases expanded. Trees share nodes, so a node
// never changes once it is complete.
type Node struct {
	Kind    Kind
	Pos     Pos
	Value   string  // text of a scalar
	Quoted  bool    // the scalar was in quotes, so it is text
	Entries []Entry // of a mapping, in the order of the file
	Items   []*Node // of a sequence

	plain bool // Value is a number, true or false, as JSON has it
}

// Entry is a key of a mapping and its value.
type Entry struct {
	Key   string
	Pos   Pos // of the key
	Value *Node
}

// IsNull reports whether the node is null or was left empty.
func (n *Node) IsNull() bool {
	return n.Kind == Scalar && !n.Quoted && slices.Contains([]string{"", "~", "null", "Null", "NULL"}, n.Value)
}

// Child returns the value of a key of a mapping, or nil.
func (n *Node) Child(key string) *Node {
	if n == nil || n.Kind != Mapping {
		return nil
	}
	for _, e := range n.Entries {
		if e.Key == key {
			return e.Value
		}
	}
	return nil
}

// Get returns the node at a dotted path, or nil.
func (n *Node) Get(path string) *Node {
	for name := range strings.SplitSeq(path, ".") {
		n = n.Child(name)
	}
	return n
}

// Place returns the place of the deepest existing node along a dotted path. The last key
// of the path may itself contain dots.
func (n *Node) Place(path string) Pos {
	if c := n.Child(path); c != nil {
		return c.Pos
	}
	name, rest, more := strings.Cut(path, ".")
	if c := n.Child(name); c != nil && more {
		return c.Place(rest)
	}
	return n.Pos
}

// Without returns a copy of a mapping without some of its keys.
func (n *Node) Without(keys ...string) *Node {
	copied := *n
	copied.Entries = slices.DeleteFunc(slices.Clone(n.Entries), func(e Entry) bool {
		return slices.Contains(keys, e.Key)
	})
	return &copied
}

// Only returns a copy of a mapping with only these keys.
func (n *Node) Only(keys ...string) *Node {
	copied := *n
	copied.Entries = slices.DeleteFunc(slices.Clone(n.Entries), func(e Entry) bool {
		return !slices.Contains(keys, e.Key)
	})
	return &copied
}

// Add appends a key to a mapping that is still being built.
func (n *Node) Add(key string, value *Node) {
	n.Entries = append(n.Entries, Entry{Key: key, Value: value})
}

// WithChild returns a copy of a mapping in which key has the value. If n is not a
// mapping, it returns a new one.
func (n *Node) WithChild(key string, value *Node) *Node {
	entry := Entry{Key: key, Pos: value.Pos, Value: value}
	if n == nil || n.Kind != Mapping {
		return &Node{Kind: Mapping, Pos: value.Pos, Entries: []Entry{entry}}
	}
	copied := *n
	copied.Entries = slices.Clone(n.Entries)
	for i, e := range copied.Entries {
		if e.Key == key {
			copied.Entries[i] = entry
			return &copied
		}
	}
	copied.Entries = append(copied.Entries, entry)
	return &copied
}

// With returns the tree with a value at a dotted path. It makes missing mappings along
// the path. All other nodes are shared with n.
func (n *Node) With(path string, value *Node) *Node {
	name, rest, more := strings.Cut(path, ".")
	if !more {
		return n.WithChild(name, value)
	}
	return n.WithChild(name, n.Child(name).With(rest, value))
}

// Drop returns the tree without the value at a dotted path, and whether it was there.
func (n *Node) Drop(path string) (*Node, bool) {
	name, rest, more := strings.Cut(path, ".")
	child := n.Child(name)
	switch {
	case child == nil:
		return n, false
	case !more:
		return n.Without(name), true
	}
	child, found := child.Drop(rest)
	if !found {
		return n, false
	}
	return n.WithChild(name, child), true
}

// Count returns the number of nodes of the tree.
func (n *Node) Count() int {
	if n == nil {
		return 0
	}
	count := 1
	for _, e := range n.Entries {
		count += e.Value.Count()
	}
	for _, item := range n.Items {
		count += item.Count()
	}
	return count
}

// Merge returns base with over laid on top: mappings are merged key by key, and any
// other value in over replaces the one in base. Mappings for which whole reports true
// are replaced too. Either tree may be nil.
func Merge(base, over *Node, whole func(path string, base, over *Node) bool) *Node {
	return merge(base, over, "", whole)
}

func merge(base, over *Node, path string, whole func(string, *Node, *Node) bool) *Node {
	switch {
	case base == nil:
		return over
	case over == nil:
		return base
	case base.Kind != Mapping || over.Kind != Mapping || whole(path, base, over):
		return over
	}
	merged := *over // so that errors about missing keys point at over
	merged.Entries = slices.Clone(base.Entries)
	place := make(map[string]int, len(base.Entries))
	for i, e := range base.Entries {
		place[e.Key] = i
	}
	for _, e := range over.Entries {
		if i, both := place[e.Key]; both {
			e.Value = merge(base.Entries[i].Value, e.Value, Join(path, e.Key), whole)
			merged.Entries[i] = e
		} else {
			merged.Entries = append(merged.Entries, e)
		}
	}
	return &merged
}
