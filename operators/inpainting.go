package operators

import "sedlab/internal/rng"

// inpainting hides one continuous window of fluxes (paper, §3.3). For one
// signal the windows at growing fractions are nested, and every position of a
// window is equally likely.
var inpainting = Kind{
	Name:  "inpainting",
	Doc:   "hides one continuous window of fluxes, at a random place for each signal",
	Hides: true,
	New: func(p Params) Family {
		return func(signal int) Operator {
			k := p.hidden()
			// ⌊u·(n−k+1)⌋ falls by at most 1 when k grows by 1, so windows nest.
			u := rng.Uniform(p.Seed, "operators/inpainting", uint64(signal))
			start := int(u * float64(p.N-k+1))
			observed := make([]bool, p.N)
			for i := range observed {
				observed[i] = i < start || i >= start+k
			}
			return newSelection(observed)
		}
	},
}
