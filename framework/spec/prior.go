package spec

import (
	"slices"

	"sedlab/internal/yamlpos"
	"sedlab/priors"
)

// priors decodes the section of a tree.
func (r *reader) priors(root *yamlpos.Node) []*Prior {
	n := root.Child("priors")
	if n == nil {
		return nil
	}
	if n.Kind != yamlpos.Mapping || len(n.Entries) == 0 {
		r.add(n.Pos, "priors", "%s; expected a section with one prior or more: name: {kind: …}", n.Got())
		return nil
	}
	if len(n.Entries) > maxPriors {
		r.add(n.Pos, "priors", "got %d priors; expected at most %d", len(n.Entries), maxPriors)
		return nil
	}
	var list []*Prior
	for _, e := range n.Entries {
		path := yamlpos.Join("priors", e.Key)
		if !validName.MatchString(e.Key) {
			r.add(e.Pos, path, "got a prior named %q; %s", e.Key, validNameText)
			continue
		}
		if p := r.prior(root, e, path); p != nil {
			list = append(list, p)
		}
	}
	return r.withMembers(list)
}

// prior decodes one prior, without its members, or returns nil.
func (r *reader) prior(root *yamlpos.Node, e yamlpos.Entry, path string) *Prior {
	if e.Value.Kind != yamlpos.Mapping {
		r.add(e.Value.Pos, path, "%s; expected a section such as {kind: …}", e.Value.Got())
		return nil
	}
	var keys priorKeys
	c, ok := choose(r, r.slots.Prior.withPath(path), r.opt.Priors, e.Value, path, &keys)
	if !ok {
		return nil
	}
	p := &Prior{Name: e.Key, Choice: c, own: keys.Solver}
	before := r.yaml.Errs.Added()
	p.Solver = r.solver(root)
	if p.own != nil && r.yaml.Errs.Added() == before {
		p.Solver, p.own = r.overlay(root, p.own, path+".solver")
	}
	return p
}

// overlay returns the spec's solver with a prior's own keys laid over it. It also
// returns these keys with their values in canonical form.
func (r *reader) overlay(root, own *yamlpos.Node, path string) (*Solver, *yamlpos.Node) {
	s := r.slots.Solver.withPath(path)
	var alone *yamlpos.Node
	common := r.dropReplaced(root, alone.With("solver", own)).Get("solver")
	merged := yamlpos.Merge(common, own, func(string, *yamlpos.Node, *yamlpos.Node) bool { return false })
	c, ok := choose(r, s, r.opt.Solvers, merged, path)
	if !ok {
		return &Solver{}, own
	}
	solver := &Solver{c}
	solver = share(r, solver, solver.node(s.Key.Name))
	canonical := *own
	canonical.Entries = slices.Clone(own.Entries)
	for i, e := range own.Entries {
		if v := solver.node(s.Key.Name).Child(e.Key); v != nil {
			canonical.Entries[i].Value = v
		}
	}
	return solver, &canonical
}

// Validates returns the key by which the prior looks at validation signals, "" if it does not.
func (p *Prior) Validates() (key string) {
	if v, ok := p.Config.(priors.Validator); ok {
		return v.Validates()
	}
	return ""
}

// node returns the prior as a spec writes it. Its own defaults are filled in, those of
// its solver are not.
func (p *Prior) node() *yamlpos.Node {
	n := p.Choice.node("kind")
	if p.own != nil {
		n.Add("solver", p.own)
	}
	return n
}

// MarshalJSON returns the prior without its name.
func (p *Prior) MarshalJSON() ([]byte, error) { return p.node().MarshalJSON() }

// identityNode returns everything that distinguishes the prior from others, including its
// name, all of its solver and its members.
func (p *Prior) identityNode() *yamlpos.Node {
	n := p.node()
	n.Add(p.Name, p.Solver.node("method"))
	if len(p.Members) > 0 {
		n.Add("members", priorList(p.Members).identityNode())
	}
	return n
}

// priorList is the section priors.
type priorList []*Prior

func (l priorList) node() *yamlpos.Node {
	n := &yamlpos.Node{Kind: yamlpos.Mapping}
	for _, p := range l {
		n.Add(p.Name, p.node())
	}
	return n
}

func (l priorList) identityNode() *yamlpos.Node {
	n := &yamlpos.Node{Kind: yamlpos.Sequence}
	for _, p := range l {
		n.Items = append(n.Items, p.identityNode())
	}
	return n
}
