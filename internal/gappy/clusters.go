package gappy

import (
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"

	"sedlab/internal/rng"
)

// clusterings is how many starts of clusters are tried, and clusterRounds how often each is
// improved at most.
const (
	clusterings   = 8
	clusterRounds = 50
)

// clusters returns the cluster of each point [N×k], by k-means (Lloyd 1982) from centres that
// are drawn far from each other (k-means++: Arthur and Vassilvitskii 2007): the closest of
// several attempts.
func clusters(points []float64, k, count int, seed uint64) []int {
	var best []int
	least := 0.0
	for attempt := range uint64(clusterings) {
		c := clustering{points: points, k: k, of: make([]int, len(points)/k)}
		c.begin(count, rng.New(seed, "gappy/clusters", attempt))
		if sum := c.improve(); best == nil || sum < least {
			best, least = c.of, sum
		}
	}
	return best
}

type clustering struct {
	points  []float64
	k       int
	centres [][]float64
	of      []int
}

func (c *clustering) point(i int) []float64 { return c.points[i*c.k : (i+1)*c.k] }

// begin draws the centres among the points: the first with equal chances, others by the squared
// distance to the nearest one before.
func (c *clustering) begin(count int, rnd *rand.Rand) {
	c.centres = append(c.centres, append([]float64(nil), c.point(rnd.IntN(len(c.of)))...))
	for len(c.centres) < count {
		squares := make([]float64, len(c.of))
		for i := range squares {
			_, squares[i] = c.nearest(i)
		}
		left, at := rnd.Float64()*floats.Sum(squares), 0
		for at < len(squares)-1 && left >= squares[at] {
			left -= squares[at]
			at++
		}
		c.centres = append(c.centres, append([]float64(nil), c.point(at)...))
	}
}

// nearest returns the centre that is nearest to a point, and its squared distance.
func (c *clustering) nearest(i int) (centre int, square float64) {
	for m, at := range c.centres {
		d := 0.0
		for a, v := range c.point(i) {
			d += (v - at[a]) * (v - at[a])
		}
		if m == 0 || d < square {
			centre, square = m, d
		}
	}
	return centre, square
}

// improve moves centres to the means of their points until no point changes its cluster. It
// returns the sum of squared distances.
func (c *clustering) improve() (sum float64) {
	for round := range clusterRounds {
		changed := false
		sum = 0
		for i, was := range c.of {
			own, square := c.nearest(i)
			c.of[i], sum, changed = own, sum+square, changed || own != was
		}
		if !changed && round > 0 {
			break
		}
		counts := make([]float64, len(c.centres))
		for _, own := range c.of {
			counts[own]++
		}
		for m, at := range c.centres {
			if counts[m] > 0 {
				clear(at)
			}
		}
		for i, own := range c.of {
			floats.AddScaled(c.centres[own], 1/counts[own], c.point(i))
		}
	}
	return sum
}
