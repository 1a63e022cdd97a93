package app

import (
	"context"
	"errors"
)

// Remarkable returns some kept spectra of a run, at most limit: the worst of each prior, then
// the worst of each prior at each condition, then the first kept at each condition and the
// following ones; and how many were kept. A run that kept none has none.
func (a *App) Remarkable(ctx context.Context, run string, limit int) (list []SpectrumOf, total int, err error) {
	x, err := a.spectra(ctx, run)
	if errors.As(err, new(*NoSpectraError)) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	var q SpectraQuery
	if _, _, err := x.order(&q); err != nil { // which fills in the error that is shown
		return nil, 0, err
	}
	c := choice{x: x, limit: min(limit, len(x.entries)), have: map[int]bool{}}
	if err := c.worst(""); err != nil {
		return nil, 0, err
	}
	for _, condition := range x.conditions {
		if err := c.worst(condition.cell); err != nil {
			return nil, 0, err
		}
	}
	c.first()
	for _, e := range c.list {
		list = append(list, x.describe(e, q))
	}
	return list, len(x.entries), nil
}

// choice is a choice of entries.
type choice struct {
	x     *spectraIndex
	limit int
	list  []int
	have  map[int]bool
}

func (c *choice) add(entry int) {
	if !c.have[entry] && len(c.list) < c.limit {
		c.have[entry] = true
		c.list = append(c.list, entry)
	}
}

// worst adds the worst of each prior at a condition, or of all if it is empty.
func (c *choice) worst(condition string) error {
	for _, prior := range c.x.priors {
		if len(c.list) == c.limit {
			return nil
		}
		order, _, err := c.x.order(&SpectraQuery{Condition: condition, Prior: prior})
		if err != nil {
			return err
		}
		if len(order) > 0 {
			c.add(order[0])
		}
	}
	return nil
}

// first adds the first entry of each condition, then the second, and so on.
func (c *choice) first() {
	for round := 0; len(c.list) < c.limit; round++ {
		seen := map[int]int{} // entries of each condition
		for e, entry := range c.x.entries {
			if seen[entry.condition] == round {
				c.add(e)
			}
			seen[entry.condition]++
		}
	}
}
