package plan

import "slices"

// From returns the part of the plan that begins with a cell: that cell, those after it,
// and their trainings.
func (p *Plan) From(cell int) *Plan {
	part := &Plan{File: p.File, Cells: slices.Clone(p.Cells[cell:])}
	index := map[int]int{}
	for i := range part.Cells {
		c := &part.Cells[i]
		if _, known := index[c.Training]; !known {
			index[c.Training] = len(part.Trainings)
			part.Trainings = append(part.Trainings, p.Trainings[c.Training])
		}
		c.Training = index[c.Training]
	}
	return part
}
