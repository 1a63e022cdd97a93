package gaussian

import (
	"slices"

	"sedlab/internal/quantile"
)

func median(values []float64) float64 {
	return quantile.Sorted(slices.Sorted(slices.Values(values)), 0.5)
}
