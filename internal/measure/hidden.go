package measure

import (
	"math"

	"sedlab/internal/rng"
)

// Hidden returns how many of n fluxes a missing fraction in [0, 1) hides: the
// nearest whole number.
func Hidden(n int, fraction float64) int { return int(math.Round(fraction * float64(n))) }

// Scattered returns which of n fluxes of a signal are observed when hidden of
// them, chosen at random, are not. For one signal the sets at growing numbers are
// nested: they are the beginnings of one permutation.
func Scattered(n, hidden int, seed uint64, signal int) []bool {
	observed := make([]bool, n)
	order := rng.New(seed, "operators/super_resolution", uint64(signal)).Perm(n)
	for _, i := range order[hidden:] {
		observed[i] = true
	}
	return observed
}
