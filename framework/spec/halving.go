package spec

import (
	"slices"
	"strings"

	"sedlab/internal/yamlpos"
	"sedlab/priors"
)

// Halving is successive halving: all settings of a block are trained a little, the best
// of them longer, and so on (Jamieson and Talwalkar 2016; with a factor, one bracket of
// Hyperband, Li et al. 2018, algorithm 1).
type Halving struct {
	Resource string `spec:"resource" required:"true" example:"priors.glo.train.epochs" doc:"the key for how long the chosen prior is trained; its schedule must be constant"`
	From     int    `spec:"from" required:"true" range:"[1,1000000000]" example:"10" doc:"its value in the first rung, which trains every setting"`
	To       int    `spec:"to" required:"true" range:"[1,1000000000]" example:"270" doc:"its value in the last rung: from, times factor once or more"`
	Factor   int    `spec:"factor" default:"3" example:"2" range:"[2,1000]" doc:"the best 1/factor of a rung's settings, rounded down but at least one, are trained factor times as long in the next"`

	pos yamlpos.Pos // of Resource
}

// Rungs returns the values of the resource in ascending order.
func (h *Halving) Rungs() (values []int) {
	for v := h.From; v <= h.To; v *= h.Factor {
		values = append(values, v)
	}
	return values
}

// Halving returns how the sweep drops settings, or nil if it runs all points. With
// halving, Points are all points that may be run.
func (f *File) Halving() *Halving {
	for _, b := range f.blocks {
		if a := b.halvingAxis(); a != nil {
			return a.halving
		}
	}
	return nil
}

// Length returns the key of a prior for how long it is trained, if its trainings go on
// from rung to rung, or "". The key is relative to the prior's section.
func (f *File) Length(prior string) string {
	if f.Halving() == nil || f.Base.Select.Prior != prior {
		return ""
	}
	return strings.TrimPrefix(f.Halving().Resource, "priors."+prior+".")
}

// resource returns the key that differs between rungs, or "".
func (f *File) resource() string {
	if h := f.Halving(); h != nil {
		return h.Resource
	}
	return ""
}

// halvingAxis returns the axis of the block's rungs, or nil.
func (b block) halvingAxis() *axis {
	if i := slices.IndexFunc(b, func(a *axis) bool { return a.halving != nil }); i >= 0 {
		return b[i]
	}
	return nil
}

// halve decodes successive halving as an axis with the resource's value in each rung.
func (s *sweeper) halve(n *yamlpos.Node, path string) *axis {
	var h Halving
	if !s.yaml.Decode(n, path, &h) {
		return nil
	}
	h.pos = n.Place("resource")
	below := yamlpos.Join(path, "resource")
	f, ok := s.field(yamlpos.Entry{Key: h.Resource, Pos: h.pos}, below)
	if !ok {
		return nil
	}
	if f.List || f.Type != yamlpos.Integer {
		s.add(h.pos, below, "got %s, which is not a whole number; expected the key for how long a prior is trained, such as priors.glo.train.epochs", h.Resource)
		return nil
	}
	rungs := h.Rungs()
	if len(rungs) < 2 || rungs[len(rungs)-1] != h.To {
		s.add(n.Place("to"), yamlpos.Join(path, "to"), "got %d; expected %d times %d, once or more: %d, %d and so on",
			h.To, h.From, h.Factor, h.From*h.Factor, h.From*h.Factor*h.Factor)
		return nil
	}
	a := &axis{word: halvingWord, keys: []string{h.Resource}, size: float64(len(rungs)), halving: &h}
	for _, v := range rungs {
		a.rows = append(a.rows, []*yamlpos.Node{s.number(f, float64(v), n.Pos, path)})
	}
	return a
}

// checkHalving checks what successive halving needs from the rest of the spec.
func (r *reader) checkHalving(f *File) {
	h := f.Halving()
	if h == nil {
		return
	}
	if len(f.blocks) > 1 {
		r.add(h.pos, "sweep", "has halving in one of %d blocks; expected a single block, in which all settings compete", len(f.blocks))
	}
	if f.Base.Select == nil {
		r.add(h.pos, "sweep.halving", "chooses settings, but nothing says by what; expected a section select, such as select: {metric: mse}")
		return
	}
	for _, p := range f.Base.Priors {
		if p.Name != f.Base.Select.Prior {
			continue
		}
		c, ok := p.Config.(priors.Continuer)
		if !ok {
			r.add(h.pos, "sweep.halving.resource", "training of a prior of kind %s cannot go on from where it stopped; expected select.prior to name one that can", p.Kind.Name)
			continue
		}
		if length, _, _ := c.Continues(); h.Resource != "priors."+p.Name+"."+length {
			r.add(h.pos, "sweep.halving.resource", "got %s; expected priors.%s.%s, which says how long the prior of select is trained", h.Resource, p.Name, length)
		}
	}
}

// continued checks that training of the chosen prior can go on at a point.
func (c pointCheck) continued(b block) {
	if b.halvingAxis() == nil {
		return
	}
	for _, p := range c.spec.Priors {
		k, ok := p.Config.(priors.Continuer)
		if !ok || p.Name != c.spec.Select.Prior {
			continue
		}
		if _, _, problem := k.Continues(); problem != nil {
			c.refuse("priors."+p.Name, []priors.KeyError{*problem})
		}
	}
}
