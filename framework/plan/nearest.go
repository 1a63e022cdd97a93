package plan

import (
	"encoding/json"
	"strings"

	"sedlab/framework/cache"
	"sedlab/internal/settings"
)

// Nearest is the step in the cache whose inputs are most like those of another.
type Nearest struct {
	Key     cache.Key `json:"key"`
	Changes []Change  `json:"changes"`
}

// Candidates are steps in the cache with which others can be compared. They are indexed by
// what distinguishes them, so that a comparison need not look at each.
type Candidates struct {
	infos  []cache.Info
	flat   []settings.List
	groups []*alike
}

// alike are candidates whose inputs have the same fields.
type alike struct {
	fields  map[string]bool
	same    map[string]string           // the value of each field that all have in common
	varied  map[string]map[string][]int // of any other field: the candidates with each value
	members []int                       // in the order of candidates
}

// NewCandidates returns the entries of a kind that can be read.
func NewCandidates(c *cache.Cache, kind cache.Kind) *Candidates {
	var list Candidates
	for info, err := range c.Entries(kind) {
		inputs, unread := settings.OfJSON(info.Ingredients)
		if err != nil || unread != nil {
			continue // sedlab cache verify reports these
		}
		list.infos, list.flat = append(list.infos, info), append(list.flat, inputs)
	}
	list.index()
	return &list
}

// index groups the candidates by their fields.
func (c *Candidates) index() {
	groups := map[string]*alike{}
	for i, inputs := range c.flat {
		var names []string
		for _, s := range inputs {
			names = append(names, s.Key)
		}
		name := strings.Join(names, "\x00")
		g := groups[name]
		if g == nil {
			g = &alike{fields: map[string]bool{}, same: map[string]string{}, varied: map[string]map[string][]int{}}
			groups[name] = g
			c.groups = append(c.groups, g)
			for _, s := range inputs {
				g.fields[s.Key], g.varied[s.Key] = true, map[string][]int{}
			}
		}
		g.members = append(g.members, i)
		for _, s := range inputs {
			value := settings.Text(s.Value)
			g.varied[s.Key][value] = append(g.varied[s.Key][value], i)
		}
	}
	for _, g := range c.groups {
		for field, values := range g.varied {
			for value := range values {
				if len(values) == 1 {
					g.same[field] = value
					delete(g.varied, field)
				}
			}
		}
	}
}

// Nearest returns the candidate whose inputs differ in the fewest fields, the first
// by key if there are several, or nil if there is none.
func (c *Candidates) Nearest(inputs json.RawMessage) *Nearest {
	want, err := settings.OfJSON(inputs)
	if err != nil {
		return nil
	}
	best, least := -1, 0
	for _, g := range c.groups {
		i, differences := g.nearest(want)
		if best < 0 || differences < least || differences == least && i < best {
			best, least = i, differences
		}
	}
	if best < 0 {
		return nil
	}
	return &Nearest{c.infos[best].Key, difference(c.flat[best], want)}
}

// nearest returns the first of the candidates that differ in the fewest fields, and in how
// many.
func (g *alike) nearest(want settings.List) (best, differences int) {
	shared, common := 0, 0 // fields of both; equal ones
	counts := map[int]int{}
	for _, s := range want {
		if !g.fields[s.Key] {
			continue
		}
		shared++
		value := settings.Text(s.Value)
		if same, ok := g.same[s.Key]; ok && same == value {
			common++
		}
		for _, i := range g.varied[s.Key][value] {
			counts[i]++
		}
	}
	best, most := g.members[0], 0
	for i, n := range counts {
		if n > most || n == most && i < best {
			best, most = i, n
		}
	}
	return best, len(g.fields) + len(want) - shared - common - most
}
