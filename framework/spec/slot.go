package spec

import (
	"slices"
	"strings"

	"sedlab/internal/kind"
	"sedlab/internal/yamlpos"
)

// Slot is a section in which one key chooses a kind, which has further keys.
type Slot struct {
	Path  string          // of the section
	Key   yamlpos.Field   // chooses the kind
	Kinds []Entry         // to choose from
	Fixed []yamlpos.Field // keys of the section whatever the kind
}

// Choice is a kind that a spec names, with its keys.
type Choice[C any] struct {
	Kind   kind.Kind[C]
	Config C
}

// Changed returns what tells a choice apart from others: the name and version of
// its kind, and the keys that are not as they are by default, without those that
// ignored lists.
func (c Choice[C]) Changed(ignored ...string) *yamlpos.Node {
	return kindNode(c.Kind.Name, c.Kind.Version, yamlpos.Changed(c.Config).Without(ignored...))
}

func kindNode(name string, version int, keys *yamlpos.Node) *yamlpos.Node {
	n := &yamlpos.Node{Kind: yamlpos.Mapping}
	add := func(key string, value *yamlpos.Node) {
		n.Entries = append(n.Entries, yamlpos.Entry{Key: key, Value: value})
	}
	add("kind", yamlpos.TextNode(name))
	add("version", yamlpos.NumberNode(float64(version)))
	if len(keys.Entries) > 0 {
		add("keys", keys)
	}
	return n
}

// node returns the choice as it is written, every default filled in.
func (c Choice[C]) node(key string) *yamlpos.Node {
	n := &yamlpos.Node{Kind: yamlpos.Mapping, Entries: []yamlpos.Entry{{Key: key, Value: yamlpos.TextNode(c.Kind.Name)}}}
	if c.Kind.New != nil { // else what was written names no kind
		n.Entries = append(n.Entries, yamlpos.Encode(c.Config).Entries...)
	}
	return n
}

// choose decodes a slot's section n, which stands at path, into the kind that it
// names and into fixed, the structs of the slot's fixed keys.
func choose[C any](r *reader, s Slot, kinds []kind.Kind[C], n *yamlpos.Node, path string, fixed ...any) (c Choice[C], ok bool) {
	if n.Kind != yamlpos.Mapping {
		r.add(n.Pos, path, "%s; expected a section with the keys %s", n.Got(), strings.Join(namesOfFields(s.fields(s.Kinds)), ", "))
		return c, false
	}
	before := r.yaml.Errs.Len()
	var word struct{ Name string }
	r.yaml.DecodeFields([]yamlpos.Field{s.Key}, n.Only(s.Key.Name), path, &word)
	i := slices.IndexFunc(kinds, func(k kind.Kind[C]) bool { return k.Name == word.Name })
	if i < 0 { // word.Name has been refused
		r.yaml.Decode(s.withFixed(n), path, fixed...)
		return c, false
	}
	c = Choice[C]{kinds[i], kinds[i].New()}
	r.yaml.Decode(r.fit(s, n, word.Name, path), path, append([]any{c.Config}, fixed...)...)
	return c, r.yaml.Errs.Len() == before
}

// withFixed returns a slot's section with the keys alone that it has whatever the
// kind.
func (s Slot) withFixed(n *yamlpos.Node) *yamlpos.Node {
	for _, e := range n.Entries {
		if !hasField(s.Fixed, e.Key) {
			n = n.Without(e.Key)
		}
	}
	return n
}

// fit returns a slot's section with the keys alone that the chosen kind has. Keys
// of other kinds are passed over where a sweep chooses these elsewhere, and refused
// where none does.
func (r *reader) fit(s Slot, n *yamlpos.Node, chosen, path string) *yamlpos.Node {
	entry, _ := find(s.Kinds, chosen)
	own, fitting := s.fields([]Entry{entry}), n.Without(s.Key.Name)
	for _, e := range fitting.Entries {
		if hasField(own, e.Key) {
			continue
		}
		fitting = fitting.Without(e.Key)
		owners := s.owners(e.Key)
		switch {
		case len(owners) == 0:
			known := own
			if all := s.fields(s.Kinds); yamlpos.Near(e.Key, namesOfFields(all)) != "" {
				known = all
			}
			r.add(e.Pos, yamlpos.Join(path, e.Key), "unknown key; %s", yamlpos.Unknown(known, e))
		case r.opt.Recorded, s.byDefault(owners, e), slices.ContainsFunc(owners, func(o string) bool { return r.inPlay(s, o) }):
		default:
			r.add(e.Pos, yamlpos.Join(path, e.Key), "is no key of %s; expected %s: %s, which has it",
				chosen, yamlpos.Join(s.Path, s.Key.Name), strings.Join(owners, " or "))
		}
	}
	return fitting
}

// byDefault reports whether a key has the value that it has by default with the
// kinds that own it, and so says nothing.
func (s Slot) byDefault(owners []string, e yamlpos.Entry) bool {
	return slices.ContainsFunc(owners, func(name string) bool {
		entry, _ := find(s.Kinds, name)
		f, _ := yamlpos.Find(entry.Fields, e.Key)
		return f.DefaultNode() != nil && jsonOf(plain(f.DefaultNode())) == jsonOf(plain(e.Value))
	})
}

// owners returns the kinds that have a key.
func (s Slot) owners(key string) (names []string) {
	for _, k := range s.Kinds {
		if hasField(k.Fields, key) {
			names = append(names, k.Name)
		}
	}
	return names
}

// fields returns the keys of the section if one of kinds is chosen. Where kinds
// differ in what a key can be, it has no bounds here: each point is checked by its
// own kind.
func (s Slot) fields(kinds []Entry) []yamlpos.Field {
	fields := []yamlpos.Field{s.Key}
	for _, k := range kinds {
		for _, f := range k.Fields {
			i := slices.IndexFunc(fields, func(other yamlpos.Field) bool { return other.Name == f.Name })
			if i < 0 {
				fields = append(fields, f)
			} else {
				fields[i] = fields[i].Loosen(f)
			}
		}
	}
	return append(fields, s.Fixed...)
}

func hasField(fields []yamlpos.Field, name string) bool {
	return slices.ContainsFunc(fields, func(f yamlpos.Field) bool { return f.Name == name })
}

func namesOfFields(fields []yamlpos.Field) (names []string) {
	for _, f := range fields {
		names = append(names, f.Name)
	}
	return names
}

// chosen returns the kinds that a sweep's values choose, and if always is set, or
// if there are no such values, the one that the section itself chooses.
func (s Slot) chosen(section, sweep *yamlpos.Node, always bool) []Entry {
	kinds := s.swept(sweep)
	if !always && len(kinds) > 0 {
		return kinds
	}
	name := ""
	if n := section.Child(s.Key.Name); n != nil {
		name = n.Value
	} else if d := s.Key.DefaultNode(); d != nil {
		name = d.Value
	}
	if own, ok := find(s.Kinds, name); ok {
		kinds = append([]Entry{own}, kinds...)
	}
	return kinds
}

// swept returns the kinds that a sweep's values choose.
func (s Slot) swept(sweep *yamlpos.Node) (kinds []Entry) {
	for _, word := range sweptWords(sweep, yamlpos.Join(s.Path, s.Key.Name)) {
		if e, ok := find(s.Kinds, word); ok {
			kinds = append(kinds, e)
		}
	}
	return kinds
}

// sweptWords returns the words that a sweep's tree gives a key, wherever in it.
func sweptWords(n *yamlpos.Node, key string) (words []string) {
	if n == nil {
		return nil
	}
	for _, e := range n.Entries {
		if e.Key == key {
			words = append(words, scalars(e.Value)...)
		} else {
			words = append(words, sweptWords(e.Value, key)...)
		}
	}
	for _, item := range n.Items {
		words = append(words, sweptWords(item, key)...)
	}
	return words
}

// scalars returns the texts of the scalars in a tree.
func scalars(n *yamlpos.Node) (texts []string) {
	if n.Kind == yamlpos.Scalar {
		return []string{n.Value}
	}
	for _, e := range n.Entries {
		texts = append(texts, scalars(e.Value)...)
	}
	for _, item := range n.Items {
		texts = append(texts, scalars(item)...)
	}
	return texts
}
