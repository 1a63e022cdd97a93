package spec

import "sedlab/internal/yamlpos"

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
	return list
}

// prior decodes one prior, or returns nil.
func (r *reader) prior(root *yamlpos.Node, e yamlpos.Entry, path string) *Prior {
	if e.Value.Kind != yamlpos.Mapping {
		r.add(e.Value.Pos, path, "%s; expected a section such as {kind: …}", e.Value.Got())
		return nil
	}
	var keys priorKeys
	c, ok := choose(r, r.slots.Prior.at(path), r.opt.Priors, e.Value, path, &keys)
	if !ok {
		return nil
	}
	p := &Prior{Name: e.Key, Choice: c, own: keys.Solver}
	before := r.yaml.Errs.Len()
	p.Solver = r.solver(root)
	if p.own != nil && r.yaml.Errs.Len() == before {
		p.Solver, p.own = r.overlay(root, p.own, path+".solver")
	}
	return share(r, p, p.sharedNode())
}

// overlay returns the spec's solver with a prior's own keys laid over it, and
// these as they are written when every value is in its plainest form.
func (r *reader) overlay(root, own *yamlpos.Node, path string) (*Solver, *yamlpos.Node) {
	s := r.slots.Solver.at(path)
	var alone *yamlpos.Node
	common := r.rekind(root, alone.With("solver", own)).Get("solver")
	merged := yamlpos.Merge(common, own, func(string, *yamlpos.Node, *yamlpos.Node) bool { return false })
	c, ok := choose(r, s, r.opt.Solvers, merged, path)
	if !ok {
		return &Solver{}, own
	}
	solver := &Solver{c}
	solver = share(r, solver, solver.node(s.Key.Name))
	plain := &yamlpos.Node{Kind: yamlpos.Mapping, Pos: own.Pos}
	for _, e := range own.Entries {
		if v := solver.node(s.Key.Name).Child(e.Key); v != nil {
			e.Value = v
		}
		plain.Entries = append(plain.Entries, e)
	}
	return solver, plain
}

// node returns the prior as it is written, every default but those of its solver
// filled in.
func (p *Prior) node() *yamlpos.Node {
	n := p.Choice.node("kind")
	if p.own != nil {
		n.Entries = append(n.Entries, yamlpos.Entry{Key: "solver", Value: p.own})
	}
	return n
}

// MarshalJSON returns the prior without its name.
func (p *Prior) MarshalJSON() ([]byte, error) { return p.node().MarshalJSON() }

// sharedNode returns all that tells the prior from others: its name and the whole
// of its solver too.
func (p *Prior) sharedNode() *yamlpos.Node {
	n := p.node()
	n.Entries = append(n.Entries, yamlpos.Entry{Key: p.Name, Value: p.Solver.node("method")})
	return n
}
