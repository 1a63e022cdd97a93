package measure

import (
	"math"

	"sedlab/internal/rng"
)

// Hidden returns the number of fluxes, out of n, that a missing fraction in [0, 1)
// hides: the nearest whole number.
func Hidden(n int, fraction float64) int { return int(math.Round(fraction * float64(n))) }

// Scattered returns which of a signal's n fluxes are observed when the given number of
// them, chosen at random, is hidden. The hidden sets of one signal are nested as the
// number grows: they are the beginnings of one permutation.
func Scattered(n, hidden int, seed uint64, signal int) []bool {
	observed := make([]bool, n)
	order := rng.New(seed, "operators/super_resolution", uint64(signal)).Perm(n)
	for _, i := range order[hidden:] {
		observed[i] = true
	}
	return observed
}
