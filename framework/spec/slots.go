package spec

import (
	"slices"

	"sedlab/internal/yamlpos"
)

// Slots are the sections of a spec that name a kind, one for each room.
type Slots struct{ Dataset, Prepare, Step, Prior, Problem, Solver, Figure Slot }

// Slots returns the slots of a spec. The slot of a list's items or of named sections
// has the path of the list, or of the section above.
func (c Catalog) Slots() Slots {
	sources, prepare, steps, problems := newEntries(c.Sources), newEntries(c.Prepare), newEntries(c.Steps), newEntries(c.Operators)
	kinds, methods, drawn := newEntries(c.Priors), newEntries(c.Solvers), newEntries(c.Figures)
	return Slots{
		Dataset: Slot{"dataset", yamlpos.Choice("source", "where the signals come from", entryNames(sources), false), sources,
			slices.Concat(yamlpos.Fields(stepKeys{}), yamlpos.Fields(datasetKeys{}))},
		Prepare: Slot{"dataset.prepare", yamlpos.Choice("step", "kind of step", entryNames(prepare), true), prepare, nil},
		Step:    Slot{"dataset.preprocess", yamlpos.Choice("step", "kind of step", entryNames(steps), true), steps, nil},
		Prior:   Slot{"priors", yamlpos.Choice("kind", "kind of prior", entryNames(kinds), true), kinds, yamlpos.Fields(priorKeys{})},
		Problem: Slot{"problem", yamlpos.Choice("operator", "what is measured of a signal", entryNames(problems), true), problems, yamlpos.Fields(problemKeys{})},
		Figure:  Slot{"report", yamlpos.Choice("figure", "kind of figure", entryNames(drawn), true), drawn, nil},
		Solver:  Slot{"solver", yamlpos.Choice("method", "how a reconstruction is found", entryNames(methods), false), methods, nil},
	}
}

// withPath returns the slot for a section at another path.
func (s Slot) withPath(path string) Slot {
	s.Path = path
	return s
}

// Sections returns the slots that are whole sections at the top of a spec.
func (s Slots) Sections() []Slot { return []Slot{s.Dataset, s.Problem, s.Solver} }

// all returns the slots of a tree, with those of its priors.
func (s Slots) all(root *yamlpos.Node) []Slot {
	list := s.Sections()
	for _, e := range asMapping(root.Child("priors")).Entries {
		path := yamlpos.Join("priors", e.Key)
		list = append(list, s.Prior.withPath(path), s.Solver.withPath(path+".solver"))
	}
	return list
}

// expand replaces keys such as "dataset.*" by the keys that choose a section's kind and
// that its kinds have.
func (s Slots) expand(keys []string) (list []string) {
	for _, key := range keys {
		i := slices.IndexFunc(s.Sections(), func(s Slot) bool { return key == s.Path+".*" })
		if i < 0 {
			list = append(list, key)
			continue
		}
		section := s.Sections()[i]
		section.Fixed = nil
		for _, name := range yamlpos.Names(section.fields(section.Kinds)) {
			list = append(list, yamlpos.Join(section.Path, name))
		}
	}
	return list
}

// inPlay reports whether the spec or any point of its sweep chooses a kind in a slot.
// Keys of the spec's solver are for the solvers of all priors, which add to it.
func (r *reader) inPlay(s Slot, kind string) bool {
	slots := []Slot{s}
	switch common := r.slots.Solver; {
	case s.Key.Name != common.Key.Name:
	case s.Path == common.Path:
		slots = slices.DeleteFunc(r.slots.all(r.root), func(other Slot) bool { return other.Key.Name != s.Key.Name })
	case r.root.Get(s.Path).Child(s.Key.Name) == nil:
		slots = append(slots, common)
	}
	return slices.ContainsFunc(slots, func(s Slot) bool {
		_, ok := findEntry(r.chosenAnywhere(s), kind)
		return ok
	})
}

// chosenAnywhere returns the kinds that a slot's section and the sweep choose. A prior's
// solver that names no method of its own chooses none by default.
func (r *reader) chosenAnywhere(s Slot) []Entry {
	section, sweep := r.root.Get(s.Path), r.root.Child("sweep")
	if own := s.Key.Name == r.slots.Solver.Key.Name && s.Path != r.slots.Solver.Path; own && section.Child(s.Key.Name) == nil {
		return s.sweptKinds(sweep)
	}
	return s.chosen(section, sweep, true)
}

// chooser returns the kinds of a slot whose keys a section may have.
type chooser func(s Slot, section *yamlpos.Node) []Entry

// fields returns all keys that a tree may have: those of the document and of the kinds
// that the tree and its sweep choose.
func (r *reader) fields(root *yamlpos.Node) []yamlpos.Field {
	return r.fieldsBy(root, func(s Slot, n *yamlpos.Node) []Entry { return s.chosen(n, root.Child("sweep"), true) })
}

// blockFields is fields for one block of the sweep.
func (r *reader) blockFields(root, block *yamlpos.Node) []yamlpos.Field {
	return r.fieldsBy(root, func(s Slot, n *yamlpos.Node) []Entry { return s.chosen(n, block, false) })
}

// editableFields is fields for an edit, with all kinds: a later edit may choose another.
func (r *reader) editableFields(root *yamlpos.Node) []yamlpos.Field {
	return r.fieldsBy(root, func(s Slot, n *yamlpos.Node) []Entry {
		first := s.chosen(n, nil, true)
		return append(first, slices.DeleteFunc(slices.Clone(s.Kinds), func(e Entry) bool { return len(first) > 0 && e.Name == first[0].Name })...)
	})
}

func (r *reader) fieldsBy(root *yamlpos.Node, choose chooser) []yamlpos.Field {
	fields := slices.Clone(yamlpos.Fields(document{}))
	for i := range fields {
		f := &fields[i]
		n := root.Child(f.Name)
		for _, s := range r.slots.Sections() {
			if s.Path == f.Name {
				f.Fields = s.fields(choose(s, n))
			}
		}
		if f.Name == "priors" {
			f.Fields = r.priorFields(n, choose, choose(r.slots.Solver, root.Child("solver")))
		}
	}
	return fields
}

// priorFields returns the sections of the priors. common are the solvers of priors that
// name none of their own.
func (r *reader) priorFields(n *yamlpos.Node, choose chooser, common []Entry) (sections []yamlpos.Field) {
	for _, e := range asMapping(n).Entries {
		s := r.slots.Prior.withPath(yamlpos.Join("priors", e.Key))
		own := r.slots.Solver.withPath(s.Path + ".solver")
		fields := s.fields(s.chosen(e.Value, nil, true))
		section, methods := e.Value.Child("solver"), common
		if section.Child(own.Key.Name) != nil || r.sweeps(yamlpos.Join(own.Path, own.Key.Name)) && len(own.sweptKinds(r.root.Child("sweep"))) > 0 {
			methods = choose(own, section)
		}
		fields[len(fields)-1].Fields = own.fields(methods)
		sections = append(sections, yamlpos.Field{Name: e.Key, Type: yamlpos.Section, Fields: fields})
	}
	return sections
}

// sweeps reports whether the file's sweep has a key. It is asked once for each block and
// prior, so the keys are listed once.
func (r *reader) sweeps(key string) bool {
	sweep := r.root.Child("sweep")
	if r.swept.of != sweep || r.swept.keys == nil {
		r.swept.of, r.swept.keys = sweep, map[string]bool{}
		for _, k := range sweptKeys(sweep) {
			r.swept.keys[k.key] = true
		}
	}
	return r.swept.keys[key]
}

// dropReplaced returns base without the keys of kinds that over replaces by others.
func (r *reader) dropReplaced(base, over *yamlpos.Node) *yamlpos.Node {
	for _, s := range r.slots.all(base) {
		was, is := base.Get(s.Path), over.Get(s.Path).Child(s.Key.Name)
		if was == nil || is == nil {
			continue
		}
		entry, known := findEntry(s.Kinds, is.Value)
		if !known {
			continue
		}
		own := s.fields(append(slices.Concat(s.sweptKinds(base.Child("sweep")), s.sweptKinds(over.Child("sweep"))), entry))
		for _, e := range was.Entries {
			if !yamlpos.Has(own, e.Key) && len(s.owners(e.Key)) > 0 {
				base, _ = base.Drop(yamlpos.Join(s.Path, e.Key))
			}
		}
	}
	return base
}
