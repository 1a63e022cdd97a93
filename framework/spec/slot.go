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
	Fixed []yamlpos.Field // keys of the section for every kind
}

// Choice is a kind that a spec names, with its keys.
type Choice[C any] struct {
	Kind   kind.Kind[C]
	Config C
}

// Changed returns what tells a choice apart from others: the name and version of its
// kind, and the keys that differ from their defaults, except the ignored ones.
func (c Choice[C]) Changed(ignored ...string) *yamlpos.Node {
	return kindNode(c.Kind.Name, c.Kind.Version, yamlpos.Changed(c.Config).Without(ignored...))
}

func kindNode(name string, version int, keys *yamlpos.Node) *yamlpos.Node {
	n := &yamlpos.Node{Kind: yamlpos.Mapping}
	n.Add("kind", yamlpos.TextNode(name))
	n.Add("version", yamlpos.NumberNode(float64(version)))
	if len(keys.Entries) > 0 {
		n.Add("keys", keys)
	}
	return n
}

// node returns the choice as a spec writes it, every default filled in.
func (c Choice[C]) node(key string) *yamlpos.Node {
	n := &yamlpos.Node{Kind: yamlpos.Mapping}
	n.Add(key, yamlpos.TextNode(c.Kind.Name))
	if c.Kind.New != nil { // nil if the spec names no kind
		n.Entries = append(n.Entries, yamlpos.Encode(c.Config).Entries...)
	}
	return n
}

// choose decodes a slot's section n at path into the kind that it names and into
// fixed, the structs of the slot's fixed keys. It reports whether nothing was wrong.
func choose[C any](r *reader, s Slot, kinds []kind.Kind[C], n *yamlpos.Node, path string, fixed ...any) (c Choice[C], ok bool) {
	if n.Kind != yamlpos.Mapping {
		r.add(n.Pos, path, "%s; expected a section with the keys %s", n.Got(), strings.Join(yamlpos.Names(s.fields(s.Kinds)), ", "))
		return c, false
	}
	before := r.yaml.Errs.Added()
	var word struct{ Name string }
	r.yaml.DecodeFields([]yamlpos.Field{s.Key}, n.Only(s.Key.Name), path, &word)
	i := slices.IndexFunc(kinds, func(k kind.Kind[C]) bool { return k.Name == word.Name })
	if i < 0 { // an error has said so
		r.yaml.Decode(n.Only(yamlpos.Names(s.Fixed)...), path, fixed...)
		return c, false
	}
	c = Choice[C]{kinds[i], kinds[i].New()}
	r.yaml.Decode(r.keysOfKind(s, n, word.Name, path), path, append([]any{c.Config}, fixed...)...)
	return c, r.yaml.Errs.Added() == before
}

// keysOfKind returns a slot's section with only the keys of the chosen kind. It ignores
// keys of other kinds if the sweep chooses these somewhere, and refuses them if not.
func (r *reader) keysOfKind(s Slot, n *yamlpos.Node, chosen, path string) *yamlpos.Node {
	entry, _ := findEntry(s.Kinds, chosen)
	fitting := n.Without(s.Key.Name)
	for _, e := range fitting.Entries {
		if yamlpos.Has(entry.Fields, e.Key) || yamlpos.Has(s.Fixed, e.Key) {
			continue
		}
		fitting = fitting.Without(e.Key)
		owners := s.owners(e.Key)
		switch {
		case len(owners) == 0:
			known := s.fields([]Entry{entry})
			if all := s.fields(s.Kinds); yamlpos.Near(e.Key, yamlpos.Names(all)) != "" {
				known = all
			}
			r.add(e.Pos, yamlpos.Join(path, e.Key), "unknown key; %s", yamlpos.InsteadOfKey(known, e))
		case r.opt.Recorded, slices.ContainsFunc(owners, func(o Entry) bool { return isDefault(o, e) || r.inPlay(s, o.Name) }):
		default:
			r.add(e.Pos, yamlpos.Join(path, e.Key), "is not a key of %s; expected %s: %s, which has it",
				chosen, yamlpos.Join(s.Path, s.Key.Name), strings.Join(entryNames(owners), " or "))
		}
	}
	return fitting
}

// isDefault reports whether a key has its default of a kind, and so says nothing.
func isDefault(owner Entry, e yamlpos.Entry) bool {
	f, _ := yamlpos.Find(owner.Fields, e.Key)
	return f.DefaultNode() != nil && jsonOf(normalized(f.DefaultNode())) == jsonOf(normalized(e.Value))
}

// owners returns the kinds that have a key.
func (s Slot) owners(key string) (owners []Entry) {
	for _, k := range s.Kinds {
		if yamlpos.Has(k.Fields, key) {
			owners = append(owners, k)
		}
	}
	return owners
}

// fields returns the keys of the section for any of kinds. A key that they define
// differently has no bounds here, because each point is checked by its own kind.
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

// chosen returns the kinds that a section and a sweep choose, the section's first. If
// the sweep chooses any, the section's own is included only if always is set.
func (s Slot) chosen(section, sweep *yamlpos.Node, always bool) []Entry {
	kinds := s.sweptKinds(sweep)
	if !always && len(kinds) > 0 {
		return kinds
	}
	name := ""
	if n := section.Child(s.Key.Name); n != nil {
		name = n.Value
	} else if d := s.Key.DefaultNode(); d != nil {
		name = d.Value
	}
	if own, ok := findEntry(s.Kinds, name); ok {
		kinds = append([]Entry{own}, kinds...)
	}
	return kinds
}

// sweptKinds returns the kinds that a sweep chooses.
func (s Slot) sweptKinds(sweep *yamlpos.Node) (kinds []Entry) {
	key := yamlpos.Join(s.Path, s.Key.Name)
	for _, k := range sweptKeys(sweep) {
		if k.key != key {
			continue
		}
		for _, word := range scalars(k.values) {
			if e, ok := findEntry(s.Kinds, word); ok {
				kinds = append(kinds, e)
			}
		}
	}
	return kinds
}

// scalars returns the texts of all scalars in a tree.
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
