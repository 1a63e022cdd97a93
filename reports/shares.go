package reports

import (
	"math"

	"sedlab/internal/group"
	"sedlab/internal/record"
	"sedlab/internal/rng"
)

// Hits counts the values of a reconstruction: those within each of some bounds, and all.
type Hits struct {
	Within []int
	All    int
}

// ShareIntervals returns the share of the values of all reconstructions, which are N, that
// are within each bound. The 95 % intervals, by the bootstrap over repeats and signals, cover
// at all bounds at once. Their ends are NaN if too few signals have values.
func (r Run) ShareIntervals(examples []*record.Example, hits []Hits) []Interval {
	rows, at := make([]*record.Signal, len(examples)), map[*record.Signal]int{}
	for i, e := range examples {
		rows[i] = &record.Signal{CellID: e.CellID, Prior: e.Prior, Split: e.Split, SignalID: e.SignalID, Seed: e.Seed, NoiseL2: e.NoiseL2, Sweep: e.Sweep}
		at[rows[i]] = i
	}
	var cells []*cell
	for _, g := range group.By(rows, func(row *record.Signal) string { return row.CellID }) {
		cells = append(cells, newCell(g))
	}
	d := newDesign(cells, r.SameData)
	var all values
	var counted []Hits
	for _, c := range cells {
		for _, row := range c.rows {
			if h := hits[at[row]]; h.All > 0 {
				all.add(d, c, row, float64(h.All))
				counted = append(counted, h)
			}
		}
	}
	stats := make([]func() float64, len(hits[0].Within))
	for k := range stats {
		stats[k] = func() float64 {
			within, n := 0, 0
			for i, h := range counted {
				w := d.repeat[all.repeat[i]] * d.signal[all.signal[i]]
				within, n = within+w*h.Within[k], n+w*h.All
			}
			return float64(within) / float64(n)
		}
	}
	if all.distinct() >= leastToTest {
		return d.intervals(rng.New(0, "report shares "+cells[0].CellID), stats...)
	}
	out := make([]Interval, len(stats))
	for k, stat := range stats {
		out[k] = Interval{stat(), math.NaN(), math.NaN()}
	}
	return out
}
