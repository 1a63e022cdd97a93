package operators

import "sedlab/internal/rng"

// superResolution hides fluxes chosen at random throughout the signal (paper,
// §3.3). For one signal the sets at growing fractions are nested: they are the
// beginnings of one permutation.
var superResolution = Kind{
	Name:  "super_resolution",
	Doc:   "hides fluxes chosen at random throughout the signal, for each signal anew",
	Hides: true,
	New: func(p Params) Family {
		return func(signal int) Operator {
			observed := make([]bool, p.N)
			order := rng.New(p.Seed, "operators/super_resolution", uint64(signal)).Perm(p.N)
			for _, i := range order[p.hidden():] {
				observed[i] = true
			}
			return newSelection(observed)
		}
	},
}
