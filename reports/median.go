package reports

import (
	"math"

	"sedlab/internal/group"
	"sedlab/internal/rng"
	"sedlab/reports/draw"
)

// MedianInterval returns the median of a number that rows have, with its 95 % interval by
// the bootstrap over repeats and signals. The ends are NaN if too few signals have a finite
// number.
func (r Run) MedianInterval(rows []*Signal, number func(*Signal) float64) Interval {
	var cells []*cell
	for _, g := range group.By(rows, func(row *Signal) string { return row.CellID }) {
		cells = append(cells, newCell(g))
	}
	d := newDesign(cells, r.SameData)
	var v values
	for _, c := range cells {
		for _, row := range c.rows {
			if x := number(row); draw.Finite(x) {
				v.add(d, c, row, x)
			}
		}
	}
	v = v.sorted()
	if v.distinct() < leastToTest {
		return Interval{v.median(d), math.NaN(), math.NaN()}
	}
	return d.intervals(rng.New(0, "report median "+cells[0].CellID), func() float64 { return v.median(d) })[0]
}
