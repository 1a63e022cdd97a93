package plan

import (
	"strings"

	"sedlab/framework/cache"
	"sedlab/framework/spec"
	"sedlab/internal/sealed"
)

// A block has cells of about blockSeconds, at a speed of blockRate [operations/s], but at
// most one part in blockShare of all, so that many processes have enough to share.
const (
	blockSeconds = 2
	blockRate    = 1e9
	blockShare   = 128
)

// setBlocks cuts the cells into blocks. It looks at the spec alone, so that all processes
// cut in the same way: where only the data say how large they are, they count as those of
// the paper.
func (p *Plan) setBlocks() {
	var work []int // the first cells of each key
	first := map[cache.Key]int{}
	for i, c := range p.Cells {
		if _, known := first[c.Key]; !known {
			first[c.Key] = i
			work = append(work, i)
		}
	}
	most := (len(work) + blockShare - 1) / blockShare
	rates := Rates{Network: blockRate, Exact: blockRate}
	for begin := 0; begin < len(work); {
		var keys []string
		end := begin
		for seconds := 0.; end < len(work) && end-begin < most && (end == begin || seconds < blockSeconds); end++ {
			c := p.Cells[work[end]]
			seconds += p.Solving(c, expected(c.Point.Spec.Dataset), rates)
			keys = append(keys, string(c.Key))
		}
		name := sealed.Digest([]byte(strings.Join(keys, " ")))
		for _, i := range work[begin:end] {
			p.Cells[i].block = "cells-" + name
		}
		begin = end
	}
	for i, c := range p.Cells {
		p.Cells[i].block = p.Cells[first[c.Key]].block
	}
}

// Assumed is the size assumed of a data set that cannot be read yet: that of the paper.
var Assumed = Size{Signals: 4000, Fluxes: 1000}

// expected returns the size of a data set as far as the spec says.
func expected(d *spec.Dataset) Size {
	if signals, fluxes := d.Source.Config.Size(); signals > 0 && fluxes > 0 {
		return Size{Signals: signals, Fluxes: fluxes}
	}
	return Assumed
}
