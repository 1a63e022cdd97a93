package gaussian

import (
	"math"

	"gonum.org/v1/gonum/floats"

	"sedlab/internal/quantile"
)

// problems are a measurement under each component of a mixture.
type problems struct {
	logs  []float64 // of the components' shares
	parts []problem
	power func(mixed) float64 // −log p of the power of a posterior's signals
}

// mixed is the posterior under a mixture: that under each component.
type mixed struct {
	parts    []Posterior
	members  []float64 // probabilities of the components
	scale    float64
	extra    float64
	evidence float64
}

// at returns the posterior given the scale and an extra variance.
func (q problems) at(scale, extra float64) mixed {
	p := mixed{scale: scale, extra: extra, members: make([]float64, len(q.parts))}
	for c, part := range q.parts {
		p.parts = append(p.parts, part.at(scale, extra))
		p.members[c] = q.logs[c] + p.parts[c].Evidence
	}
	p.evidence = floats.LogSumExp(p.members)
	for c, log := range p.members {
		if p.members[c] = math.Exp(log - p.evidence); math.IsInf(p.evidence, -1) {
			p.members[c] = math.Exp(q.logs[c])
		}
	}
	return p
}

// rounds is the number of times that scale and extra variance are found in turn.
const rounds = 3

// solve returns the posterior at the extra variance with the most evidence and, if the scale is
// free, at the most probable scale. That is sought from the scale at which one of the means fits
// best, of several the one with the most evidence.
func (q problems) solve(freeScale bool) mixed {
	if !freeScale {
		return q.best(1)
	}
	var p mixed
	for c, part := range q.parts {
		if other := q.best(part.scale()); c == 0 || other.evidence > p.evidence {
			p = other
		}
	}
	for range rounds {
		p = q.rescale(p)
		p = q.best(p.scale)
	}
	return p
}

// rescale returns the posterior at the most probable scale, given the extra variance: by golden
// sections of its logarithm, from half to twice the scale.
func (q problems) rescale(p mixed) mixed {
	const golden, sections = 0.6180339887498949, 24
	type valued struct {
		mixed
		value float64
	}
	at := func(log float64) valued {
		other := q.at(p.scale*math.Exp2(log), p.extra)
		return valued{other, other.evidence - q.power(other)}
	}
	low, high := -1., 1.
	a, b := at(high-golden*(high-low)), at(low+golden*(high-low))
	for range sections {
		if a.value > b.value {
			high, b = math.Log2(b.scale/p.scale), a
			a = at(high - golden*(high-low))
		} else {
			low, a = math.Log2(a.scale/p.scale), b
			b = at(low + golden*(high-low))
		}
	}
	if a.value < b.value {
		a = b
	}
	return a.mixed
}

// The extra variances that are tried, relative to the median of the others, and how often the
// interval around the best one is divided.
const (
	leastExtra = 1. / 16
	mostExtra  = 1 << 14
	divisions  = 6
)

// best returns the posterior at a scale and the extra variance with the most evidence.
func (q problems) best(scale float64) mixed {
	p := q.at(scale, 0)
	var noise []float64
	for _, part := range q.parts {
		noise = append(noise, part.noise...)
	}
	unit := quantile.MedianOf(noise)
	try := func(log float64) {
		if other := q.at(scale, unit*math.Exp2(log)); other.evidence > p.evidence {
			p = other
		}
	}
	low, high := math.Log2(leastExtra), math.Log2(mostExtra)
	for log := low; log <= high; log += 2 {
		try(log)
	}
	if p.extra == 0 {
		return p
	}
	for step := 1.; step > math.Exp2(-divisions); step /= 2 {
		middle := math.Log2(p.extra / unit)
		try(middle - step)
		try(middle + step)
	}
	return p
}
