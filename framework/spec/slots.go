package spec

import (
	"slices"

	"sedlab/internal/yamlpos"
)

// Slots are those of a spec: of each room, where a spec names a kind of it.
type Slots struct{ Dataset, Step, Prior, Problem, Solver, Figure Slot }

// Slots returns the slots of specs that name what the catalogue has. Those of a
// list or of named sections have the path of the list or of the section above.
func (c Catalog) Slots() Slots {
	sources, steps, problems := entries(c.Sources), entries(c.Steps), entries(c.Operators)
	kinds, methods, drawn := entries(c.Priors), entries(c.Solvers), entries(c.Figures)
	return Slots{
		Dataset: Slot{"dataset", yamlpos.Choice("source", "where the signals come from", namesOf(sources), false), sources,
			slices.Concat(yamlpos.Fields(preprocessKeys{}), yamlpos.Fields(datasetKeys{}))},
		Step:    Slot{"dataset.preprocess", yamlpos.Choice("step", "kind of step", namesOf(steps), true), steps, nil},
		Prior:   Slot{"priors", yamlpos.Choice("kind", "kind of prior", namesOf(kinds), true), kinds, yamlpos.Fields(priorKeys{})},
		Problem: Slot{"problem", yamlpos.Choice("operator", "what is measured of a signal", namesOf(problems), true), problems, yamlpos.Fields(problemKeys{})},
		Figure:  Slot{"report", yamlpos.Choice("figure", "kind of figure", namesOf(drawn), true), drawn, nil},
		Solver:  Slot{"solver", yamlpos.Choice("method", "how a reconstruction is found", namesOf(methods), false), methods, nil},
	}
}

// at returns the slot of a section of its own path.
func (s Slot) at(path string) Slot {
	s.Path = path
	return s
}

// in returns the slots of a tree.
func (s Slots) in(root *yamlpos.Node) []Slot {
	list := []Slot{s.Dataset, s.Problem, s.Solver}
	for _, e := range mapping(root.Child("priors")).Entries {
		path := yamlpos.Join("priors", e.Key)
		list = append(list, s.Prior.at(path), s.Solver.at(path+".solver"))
	}
	return list
}

// inPlay reports whether a spec, or any point of its sweep, chooses a kind. A
// prior's solver can be any that the spec's can.
func (r *reader) inPlay(s Slot, kind string) bool {
	_, ok := find(s.chosen(r.root.Get(s.Path), r.root.Child("sweep"), true), kind)
	if common := r.slots.Solver; !ok && s.Key.Name == common.Key.Name && s.Path != common.Path {
		return r.inPlay(common, kind)
	}
	return ok
}

// choosing says which kinds of a slot, with its section, a set of keys is for.
type choosing func(s Slot, section *yamlpos.Node) []Entry

// fields returns the keys that a tree has, written or not: those of the document
// and of the kinds that it and its sweep choose.
func (r *reader) fields(root *yamlpos.Node) []yamlpos.Field {
	return r.fieldsOf(root, func(s Slot, n *yamlpos.Node) []Entry { return s.chosen(n, root.Child("sweep"), true) })
}

// fieldsIn is fields for one block of the sweep.
func (r *reader) fieldsIn(root, block *yamlpos.Node) []yamlpos.Field {
	return r.fieldsOf(root, func(s Slot, n *yamlpos.Node) []Entry { return s.chosen(n, block, false) })
}

// editable is fields for edits, of which a later one may choose another kind.
func (r *reader) editable(root *yamlpos.Node) []yamlpos.Field {
	return r.fieldsOf(root, func(s Slot, n *yamlpos.Node) []Entry {
		first := s.chosen(n, nil, true)
		return append(first, slices.DeleteFunc(slices.Clone(s.Kinds), func(e Entry) bool { return len(first) > 0 && e.Name == first[0].Name })...)
	})
}

func (r *reader) fieldsOf(root *yamlpos.Node, choose choosing) []yamlpos.Field {
	fields := slices.Clone(yamlpos.Fields(document{}))
	for i := range fields {
		f := &fields[i]
		n := root.Child(f.Name)
		for _, s := range []Slot{r.slots.Dataset, r.slots.Problem, r.slots.Solver} {
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

// priorFields returns the sections of the priors. methods are the solvers of
// those that name none.
func (r *reader) priorFields(n *yamlpos.Node, choose choosing, methods []Entry) (sections []yamlpos.Field) {
	for _, e := range mapping(n).Entries {
		s := r.slots.Prior.at(yamlpos.Join("priors", e.Key))
		own := r.slots.Solver.at(s.Path + ".solver")
		fields := s.fields(s.chosen(e.Value, nil, true))
		section := e.Value.Child("solver")
		if section.Child(own.Key.Name) != nil {
			methods = choose(own, section)
		}
		fields[len(fields)-1].Fields = own.fields(methods)
		sections = append(sections, yamlpos.Field{Name: e.Key, Type: yamlpos.Section, Fields: fields})
	}
	return sections
}

// rekind returns the tree that is extended, or edited, without the keys of kinds
// that over replaces by other kinds.
func (r *reader) rekind(base, over *yamlpos.Node) *yamlpos.Node {
	for _, s := range r.slots.in(base) {
		was, is := base.Get(s.Path), over.Get(s.Path).Child(s.Key.Name)
		if was == nil || is == nil {
			continue
		}
		entry, known := find(s.Kinds, is.Value)
		if !known {
			continue
		}
		own := s.fields(append(slices.Concat(s.swept(base.Child("sweep")), s.swept(over.Child("sweep"))), entry))
		for _, e := range was.Entries {
			if !hasField(own, e.Key) && len(s.owners(e.Key)) > 0 {
				base, _ = base.Drop(yamlpos.Join(s.Path, e.Key))
			}
		}
	}
	return base
}
