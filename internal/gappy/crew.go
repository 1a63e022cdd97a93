package gappy

import (
	"context"

	"gonum.org/v1/gonum/floats"

	"sedlab/internal/team"
)

const (
	// blockRows is the number of signals that are worked on at a time. Together with a
	// panel of components they fit the L2 cache.
	blockRows = 36

	// parts is the number of ranges of signals that are added up on their own, whatever the
	// number of workers, so that the order of additions is fixed.
	parts = 16
)

// crew works on blocks of signals, with room for each worker.
type crew struct {
	*team.Team
	room    chan []float64
	partial [parts][]float64
}

// newCrew returns a crew with room for size numbers for each signal of a block. The caller
// must close it.
func newCrew(workers, size int) *crew {
	c := &crew{Team: team.New(min(workers, parts))}
	c.room = make(chan []float64, c.Workers())
	for range c.Workers() {
		c.room <- make([]float64, blockRows*size)
	}
	return c
}

// eachBlock calls do for blocks of the rows [0, n), with room whose content is arbitrary.
func (c *crew) eachBlock(ctx context.Context, n int, do func(room []float64, lo, hi int)) error {
	c.Run(team.Work{N: n, Grain: blockRows, Do: func(lo, hi int) {
		room := <-c.room
		defer func() { c.room <- room }()
		for ; lo < hi && ctx.Err() == nil; lo += blockRows {
			do(room, lo, min(lo+blockRows, hi))
		}
	}})
	return ctx.Err()
}

// accumulate sets sum to what add adds to it for all blocks of the rows [0, n).
func (c *crew) accumulate(ctx context.Context, sum []float64, n int, add func(room, sum []float64, lo, hi int)) error {
	count := (n + parts - 1) / parts
	used := (n + count - 1) / count
	c.Run(team.Work{N: used, Grain: 1, Do: func(first, last int) {
		room := <-c.room
		defer func() { c.room <- room }()
		for p := first; p < last; p++ {
			if len(c.partial[p]) < len(sum) {
				c.partial[p] = make([]float64, len(sum))
			}
			partial, end := c.partial[p][:len(sum)], min((p+1)*count, n)
			clear(partial)
			for lo := p * count; lo < end && ctx.Err() == nil; lo += blockRows {
				add(room, partial, lo, min(lo+blockRows, end))
			}
		}
	}})
	c.Run(team.Work{N: len(sum), Grain: 1024, Do: func(lo, hi int) {
		copy(sum[lo:hi], c.partial[0][lo:hi])
		for _, partial := range c.partial[1:used] {
			floats.Add(sum[lo:hi], partial[lo:hi])
		}
	}})
	return ctx.Err()
}

// cut returns the first n numbers of room and the rest.
func cut(room []float64, n int) (first, rest []float64) { return room[:n], room[n:] }
