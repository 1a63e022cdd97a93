package spec

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"sedlab/internal/yamlpos"
)

// Bounds on what one spec can extend.
const (
	maxExtended = 32 // files, counted each time they are read
	maxChain    = 16 // files that extend one another
)

// composer reads a spec and everything that it extends.
type composer struct {
	*reader
	read     int // files extended so far
	shadowed []shadow
}

// tree returns the tree of a file on top of what it extends, or nil. chain holds the
// files that led to it.
func (c *composer) tree(src source, chain []source) *yamlpos.Node {
	root := yamlpos.Parse(src.text, src.name, c.yaml.Errs)
	if root == nil {
		return nil
	}
	if root.Kind != yamlpos.Mapping {
		c.add(root.Pos, "", "%s; expected keys such as name, priors and problem", root.Got())
		return nil
	}
	chain = append(slices.Clone(chain), src)
	var base *yamlpos.Node
	for _, name := range c.textsAt(root, "extends", "the name or the path of a spec, or a list of them") {
		base = c.merge(base, c.extended(name, chain))
	}
	base = c.unset(base, root)
	return c.merge(base, root.Without("extends", "unset"))
}

// extended returns the tree of the spec that a node names.
func (c *composer) extended(name *yamlpos.Node, chain []source) *yamlpos.Node {
	src, err := c.open(name.Value, chain[len(chain)-1])
	if err != nil {
		c.add(name.Pos, "extends", "%s: %v", name.Value, err)
		return c.unread()
	}
	c.read++
	var names []string
	for i, s := range chain {
		if s.id == src.id {
			for _, s := range chain[i:] {
				names = append(names, s.name)
			}
			c.add(name.Pos, "extends", "%s → %s is a circle; expected a spec that does not extend this one", strings.Join(names, " → "), src.name)
			return c.unread()
		}
	}
	if c.read > maxExtended || len(chain) > maxChain {
		c.add(name.Pos, "extends", "more than %d files, or more than %d that extend one another; expected fewer", maxExtended, maxChain)
		return c.unread()
	}
	c.yaml.Errs.AddVia(src.name, name.Pos)
	root := c.tree(src, chain)
	if root == nil {
		return c.unread()
	}
	return root
}

// open returns the spec that a file names under extends.
func (c *composer) open(name string, from source) (source, error) {
	if _, shipped := openShipped(name); !shipped && c.opt.Recorded {
		return source{}, errors.New("the spec of a run has every key, and extends no other file")
	}
	return from.open(name)
}

// unread notes that a file could not be read. The keys that it may have are then not
// reported as missing.
func (c *composer) unread() *yamlpos.Node {
	c.yaml.Partial = true
	return nil
}

// textsAt returns the texts of a key that takes one text or a list of them.
func (c *composer) textsAt(root *yamlpos.Node, key, expected string) []*yamlpos.Node {
	n := root.Child(key)
	if n == nil {
		return nil
	}
	items := []*yamlpos.Node{n}
	if n.Kind == yamlpos.Sequence {
		items = n.Items
	}
	if len(items) == 0 {
		c.add(n.Pos, key, "%s; expected %s", n.Got(), expected)
	}
	var texts []*yamlpos.Node
	for i, item := range items {
		path := key
		if n.Kind == yamlpos.Sequence {
			path = fmt.Sprintf("%s[%d]", key, i)
		}
		if v, ok := item.Scalar(); !ok || v == "" || v != item.Value {
			c.add(item.Pos, path, "%s; expected %s", item.Got(), expected)
			c.yaml.Partial = c.yaml.Partial || key == "extends"
			continue
		}
		texts = append(texts, item)
	}
	return texts
}

// unset removes the keys that a file lists under unset from what it extends.
func (c *composer) unset(base, root *yamlpos.Node) *yamlpos.Node {
	for _, key := range c.textsAt(root, "unset", "a key of what is extended, or a list of them") {
		dropped, found := drop(base, key.Value)
		switch {
		case root.Child("extends") == nil:
			c.add(key.Pos, "unset", "got %s, but nothing is extended; expected the key extends too", key.Value)
		case !c.yaml.Partial && !found:
			c.add(key.Pos, "unset", "got %s, which is not written in what this spec extends", key.Value)
		}
		base = dropped
	}
	return base
}

// merge lays a tree over what it extends.
func (c *composer) merge(base, over *yamlpos.Node) *yamlpos.Node {
	if base == nil || over == nil {
		return yamlpos.Merge(base, over, nil)
	}
	fields := c.fields(base)
	base = c.dropReplaced(base, over)
	merged := yamlpos.Merge(base, over, func(path string, base, over *yamlpos.Node) bool {
		return isOneValue(fields, path, base, over)
	})
	if n := merged.Count(); n > yamlpos.MaxNodes {
		c.add(over.Pos, "extends", "makes a spec of %d values; expected at most %d", n, yamlpos.MaxNodes)
		return nil
	}
	for _, swept := range sweptKeys(merged.Child("sweep")) {
		if !slices.ContainsFunc(sweptKeys(over.Child("sweep")), swept.isAt) {
			c.shadowed = append(c.shadowed, shadow{wholeValue(over, fields, swept.key), swept})
		}
	}
	return merged
}

// isOneValue reports whether the spec that extends it replaces a section as a whole. That
// holds for the values of a swept key, for a section of which only one key can be given,
// and for a prior of another kind.
func isOneValue(fields []yamlpos.Field, path string, base, over *yamlpos.Node) bool {
	if strings.HasPrefix(path, "sweep.") {
		return path != "sweep.random" && path != "sweep.random.space"
	}
	if strings.HasPrefix(path, "priors.") && strings.Count(path, ".") == 1 {
		was, is := base.Child("kind"), over.Child("kind")
		return was != nil && is != nil && was.Value != is.Value
	}
	f, known := yamlpos.Find(fields, path)
	return known && f.OneOf
}

// shadow is a key that a file sets, although it inherits a sweep of that key. No point
// would have the value.
type shadow struct {
	value *yamlpos.Node // nil if the file does not set the key
	swept sweptKey
}

// wholeValue returns the value of a key, or of its section if only one of the section's
// keys can be given.
func wholeValue(root *yamlpos.Node, fields []yamlpos.Field, key string) *yamlpos.Node {
	if section, _, one := splitChoice(fields, key); one {
		return root.Get(section)
	}
	return root.Get(key)
}

// refuseShadowed refuses the shadowed values that are left in the tree after all edits.
func (c *composer) refuseShadowed(root *yamlpos.Node) {
	fields, left := c.fields(root), sweptKeys(root.Child("sweep"))
	refused := map[*yamlpos.Node]bool{nil: true}
	for _, s := range c.shadowed {
		key := s.swept.key
		if !refused[s.value] && wholeValue(root, fields, key) == s.value && slices.ContainsFunc(left, s.swept.isAt) {
			refused[s.value] = true
			c.add(s.value.Pos, key, "is swept at %s, so that no point would have this value; write %s instead, or unset it", s.swept.pos, s.swept.path)
		}
	}
}
