package plan

import (
	"strconv"
	"strings"

	"sedlab/framework/cache"
	"sedlab/framework/spec"
	"sedlab/internal/sealed"
)

// A block has cells of about blockSeconds, at a speed of blockRate [operations/s], but on
// average at most about one part in blockShare of all, so that many processes have enough to
// share.
const (
	blockSeconds = 2
	blockRate    = 1e9
	blockShare   = 128
)

// setBlocks cuts the cells into blocks. It looks at the spec alone, so that all processes
// cut in the same way: where only the data say how large they are, they count as those of
// the paper.
//
// Most blocks end with a cell whose key says so, and not after a number of cells. So sweeps that
// share most of their cells also share most of their blocks, as long as their numbers of cells
// are about equal, and do not solve the same cells at once.
func (p *Plan) setBlocks() {
	var work []int // the first cells of each key
	first := map[cache.Key]int{}
	for i, c := range p.Cells {
		if _, known := first[c.Key]; !known {
			first[c.Key] = i
			work = append(work, i)
		}
	}
	size := 1 // of blocks, on average: the power of 2 that is nearest to the share
	for 2*len(work) > 3*blockShare*size {
		size *= 2
	}
	rates := Rates{Network: blockRate, Exact: blockRate}
	for begin := 0; begin < len(work); {
		var keys []string
		end, ends := begin, false
		for seconds := 0.; end < len(work) && end-begin < 2*size && !ends && (end == begin || seconds < blockSeconds); end++ {
			c := p.Cells[work[end]]
			seconds += p.Solving(c, expected(c.Point.Spec.Dataset), rates)
			keys = append(keys, string(c.Key))
			ends = endsBlock(c.Key, size)
		}
		name := blockOf(keys)
		for _, i := range work[begin:end] {
			p.Cells[i].block = name
		}
		p.blocks = append(p.blocks, end-begin)
		begin = end
	}
	for i, c := range p.Cells {
		p.Cells[i].block = p.Cells[first[c.Key]].block
	}
}

// blockOf names the block of cells with some keys.
func blockOf(keys []string) string { return "cells-" + sealed.Digest([]byte(strings.Join(keys, " "))) }

// endsBlock reports whether blocks of a size, which is a power of 2, end with a cell: one in so many.
func endsBlock(k cache.Key, size int) bool {
	digits, err := strconv.ParseUint(string(k[:8]), 16, 32)
	return err == nil && digits%uint64(size) == 0
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
