package plan

import "slices"

// From returns the part of the plan that begins with a cell: that cell, those after it,
// and their trainings. It has blocks of its own.
func (p *Plan) From(cell int) *Plan {
	part := p.Part(p.Cells[cell:])
	part.setBlocks()
	return part
}

// Only returns the part of the plan with the cells for which keep returns true, and their
// trainings. Their blocks stay as they are.
func (p *Plan) Only(keep func(Cell) bool) *Plan {
	return p.Part(slices.DeleteFunc(slices.Clone(p.Cells), func(c Cell) bool { return !keep(c) }))
}

// Part returns the part of the plan that has some of its cells, and their trainings. Their blocks
// stay as they are.
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
