package spec

import (
	"slices"

	"sedlab/internal/yamlpos"
)

// kinds are the catalogue's, as entries.
type kinds struct{ sources, steps, operators, priors, solvers []Entry }

func newKinds(c Catalog) kinds {
	return kinds{entries(c.Sources), entries(c.Steps), entries(c.Operators), entries(c.Priors), entries(c.Solvers)}
}

// names returns the words that the enums of the spec's tags refer to.
func (k kinds) names() map[string][]string {
	return map[string][]string{"figures": figureKinds()}
}

// The slots of a spec.

func (k kinds) dataset() slot {
	fixed := slices.Concat(yamlpos.Fields(preprocessKeys{}), yamlpos.Fields(datasetKeys{}))
	return slot{"dataset", yamlpos.Choice("source", "where the signals come from", namesOf(k.sources), false), k.sources, fixed}
}

func (k kinds) step() slot {
	return slot{"dataset.preprocess", yamlpos.Choice("step", "kind of step", namesOf(k.steps), true), k.steps, nil}
}

func (k kinds) problem() slot {
	key := yamlpos.Choice("operator", "what is measured of a signal", namesOf(k.operators), true)
	return slot{"problem", key, k.operators, yamlpos.Fields(problemKeys{})}
}

func (k kinds) solver(path string) slot {
	return slot{path, yamlpos.Choice("method", "how a reconstruction is found", namesOf(k.solvers), false), k.solvers, nil}
}

func (k kinds) prior(name string) slot {
	return slot{yamlpos.Join("priors", name), yamlpos.Choice("kind", "kind of prior", namesOf(k.priors), true), k.priors, yamlpos.Fields(priorKeys{})}
}

// slots returns the slots of a tree.
func (k kinds) slots(root *yamlpos.Node) []slot {
	list := []slot{k.dataset(), k.problem(), k.solver("solver")}
	for _, e := range mapping(root.Child("priors")).Entries {
		list = append(list, k.prior(e.Key), k.solver(yamlpos.Join("priors", e.Key)+".solver"))
	}
	return list
}

// inPlay reports whether a spec, or any point of its sweep, chooses a kind. A
// prior's solver can be any that the spec's can.
func (r *reader) inPlay(s slot, kind string) bool {
	_, ok := find(s.chosen(r.root.Get(s.path), r.root.Child("sweep"), true), kind)
	if common := r.kinds.solver("solver"); !ok && s.key.Name == common.key.Name && s.path != common.path {
		return r.inPlay(common, kind)
	}
	return ok
}

// choosing says which kinds of a slot, with its section, a set of keys is for.
type choosing func(s slot, section *yamlpos.Node) []Entry

// fields returns the keys that a tree has, written or not: those of the document
// and of the kinds that it and its sweep choose.
func (r *reader) fields(root *yamlpos.Node) []yamlpos.Field {
	return r.fieldsOf(root, func(s slot, n *yamlpos.Node) []Entry { return s.chosen(n, root.Child("sweep"), true) })
}

// fieldsIn is fields for one block of the sweep.
func (r *reader) fieldsIn(root, block *yamlpos.Node) []yamlpos.Field {
	return r.fieldsOf(root, func(s slot, n *yamlpos.Node) []Entry { return s.chosen(n, block, false) })
}

// editable is fields for edits, of which a later one may choose another kind.
func (r *reader) editable(root *yamlpos.Node) []yamlpos.Field {
	return r.fieldsOf(root, func(s slot, n *yamlpos.Node) []Entry {
		first := s.chosen(n, nil, true)
		return append(first, slices.DeleteFunc(slices.Clone(s.kinds), func(e Entry) bool { return len(first) > 0 && e.Name == first[0].Name })...)
	})
}

func (r *reader) fieldsOf(root *yamlpos.Node, choose choosing) []yamlpos.Field {
	fields := slices.Clone(yamlpos.Fields(document{}))
	for i := range fields {
		f := &fields[i]
		n := root.Child(f.Name)
		switch f.Name {
		case "dataset":
			s := r.kinds.dataset()
			f.Fields = s.fields(choose(s, n))
		case "problem":
			s := r.kinds.problem()
			f.Fields = s.fields(choose(s, n))
		case "solver":
			s := r.kinds.solver("solver")
			f.Fields = s.fields(choose(s, n))
		case "priors":
			f.Fields = r.priorFields(n, choose, choose(r.kinds.solver("solver"), root.Child("solver")))
		}
	}
	return fields
}

// priorFields returns the sections of the priors. methods are the solvers of
// those that name none.
func (r *reader) priorFields(n *yamlpos.Node, choose choosing, methods []Entry) (sections []yamlpos.Field) {
	for _, e := range mapping(n).Entries {
		s := r.kinds.prior(e.Key)
		own := r.kinds.solver(s.path + ".solver")
		fields := s.fields(s.chosen(e.Value, nil, true))
		section := e.Value.Child("solver")
		if section.Child(own.key.Name) != nil {
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
	for _, s := range r.kinds.slots(base) {
		was, is := base.Get(s.path), over.Get(s.path).Child(s.key.Name)
		if was == nil || is == nil {
			continue
		}
		entry, known := find(s.kinds, is.Value)
		if !known {
			continue
		}
		own := s.fields(append(slices.Concat(s.swept(base.Child("sweep")), s.swept(over.Child("sweep"))), entry))
		for _, e := range was.Entries {
			if !hasField(own, e.Key) && len(s.owners(e.Key)) > 0 {
				base, _ = base.Drop(yamlpos.Join(s.path, e.Key))
			}
		}
	}
	return base
}
