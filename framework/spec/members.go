package spec

import (
	"fmt"
	"slices"

	"sedlab/internal/yamlpos"
	"sedlab/priors"
)

// Parts returns the priors that a reconstruction with this one asks: its members, or else
// itself.
func (p *Prior) Parts() []*Prior {
	if len(p.Members) > 0 {
		return p.Members
	}
	return []*Prior{p}
}

// Composer returns the config of a prior that is made of others; nil for one that is trained.
func (p *Prior) Composer() priors.Composer {
	c, _ := p.Config.(priors.Composer)
	return c
}

// withMembers returns priors, shared with those of other points, with their members. It leaves out
// members that checks refuse.
func (r *reader) withMembers(list []*Prior) []*Prior {
	byName := map[string]*Prior{}
	for i, p := range list {
		if p.Composer() == nil {
			list[i] = share(r, p, p.identityNode())
			byName[p.Name] = list[i]
		}
	}
	for i, p := range list {
		if p.Composer() == nil {
			continue
		}
		names, _ := p.Composer().Members()
		for _, name := range names {
			if m := byName[name]; m != nil {
				p.Members = append(p.Members, m)
			}
		}
		list[i] = share(r, p, p.identityNode())
	}
	return list
}

// checkMembers refuses a sweep of the members themselves: so members are the same at every point,
// and their keys are settings of what is made of them.
func (r *reader) checkMembers(f *File) {
	for _, p := range f.Base.Priors {
		if p.Composer() == nil {
			continue
		}
		_, key := p.Composer().Members()
		if key = "priors." + p.Name + "." + key; slices.Contains(f.SweptKeys(), key) {
			r.add(f.Place(key), key, "cannot be swept; write a second prior instead: every prior is run at every point")
		}
	}
}

// members checks the members of priors that are made of others.
func (c pointCheck) members() {
	var trained []string
	for _, p := range c.spec.Priors {
		if p.Composer() == nil {
			trained = append(trained, p.Name)
		}
	}
	for _, p := range c.spec.Priors {
		if p.Composer() == nil {
			continue
		}
		section := "priors." + p.Name
		if p.own != nil {
			c.add(section+".solver", "has no effect, because each member has its own; expected it in the section of a member")
		}
		names, key := p.Composer().Members()
		for i, name := range names {
			if problem := c.notMember(p, name, trained); problem != "" {
				c.reader.add(c.placeOf(section+"."+key, i), section+"."+key, "%s", problem)
			}
		}
		if len(p.Members) < len(names) {
			continue
		}
		var configs []priors.Config
		for _, m := range p.Members {
			configs = append(configs, m.Config)
		}
		c.refuse(section, p.Composer().CheckMembers(configs))
	}
}

// notMember returns why a prior cannot have a member with a name, or "". trained are those that
// it could have.
func (c pointCheck) notMember(p *Prior, name string, trained []string) string {
	instead := yamlpos.Instead(name, trained)
	switch {
	case slices.Contains(trained, name):
		return ""
	case name == p.Name:
		return "an ensemble cannot be its own member; " + instead
	case slices.ContainsFunc(c.spec.Priors, func(other *Prior) bool { return other.Name == name }):
		return fmt.Sprintf("names %s, which is itself an ensemble; %s", name, instead)
	}
	return fmt.Sprintf("got %q, which is not a prior of this spec; %s", name, instead)
}

// placeOf returns the place of an item of a list, or of the list.
func (c pointCheck) placeOf(key string, item int) yamlpos.Pos {
	if list := c.root().Get(key); list != nil && item < len(list.Items) {
		return list.Items[item].Pos
	}
	return c.root().Place(key)
}
