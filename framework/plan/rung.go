package plan

import "slices"

// From returns the part of the plan that begins with a cell: that cell, those after it,
// and their trainings.
func (p *Plan) From(cell int) *Plan { return p.Part(p.Cells[cell:]) }

// Part returns the part of the plan that has some of its cells, and their trainings.
func (p *Plan) Part(cells []Cell) *Plan {
	part := &Plan{File: p.File, Cells: slices.Clone(cells)}
	index := map[int]int{}
	for i := range part.Cells {
		c := &part.Cells[i]
		c.Trainings = slices.Clone(c.Trainings)
		for k, t := range c.Trainings {
			if _, known := index[t]; !known {
				index[t] = len(part.Trainings)
				part.Trainings = append(part.Trainings, p.Trainings[t])
			}
			c.Trainings[k] = index[t]
		}
	}
	return part
}
