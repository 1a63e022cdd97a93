package gappy

import (
	"math"

	"gonum.org/v1/gonum/floats"
)

// expect replaces the sums of a signal by moments of its factors: packed those of E[hhᵀ], and
// E[h], for h = (z, 1).
func (f *factors) expect(moments, along []float64, i int) {
	k := f.k
	inverse, logdet := inverseFactor(moments, k)
	half, z := make([]float64, k), make([]float64, k)
	for a := range k {
		half[a] = floats.Dot(inverse[a*k:a*k+a+1], along[:a+1])
	}
	for a := range k {
		for c := a; c < k; c++ {
			z[a] += inverse[c*k+a] * half[c]
		}
	}
	f.likelihoods[i] += (floats.Dot(half, half) - logdet) / 2
	for a := range k {
		for b := range a + 1 {
			sum := z[a] * z[b]
			for c := a; c < k; c++ {
				sum += inverse[c*k+a] * inverse[c*k+b]
			}
			moments[pairs(a)+b] = sum
		}
	}
	copy(along, z)
	copy(moments[pairs(k):], z)
	along[k], moments[pairs(k)+k] = 1, 1
}

// inverseFactor returns L⁻¹ [k×k] of the Cholesky factor L of I + s, for a packed s, and
// log det(I + s).
func inverseFactor(s []float64, k int) (inverse []float64, logdet float64) {
	lower := make([]float64, k*k)
	for a := range k {
		for b := range a {
			lower[a*k+b] = (s[pairs(a)+b] - floats.Dot(lower[a*k:a*k+b], lower[b*k:b*k+b])) / lower[b*k+b]
		}
		row := lower[a*k : a*k+a]
		v := 1 + s[pairs(a)+a] - floats.Dot(row, row)
		lower[a*k+a] = math.Sqrt(v)
		logdet += math.Log(v)
	}
	inverse = make([]float64, k*k)
	for a := range k {
		inverse[a*k+a] = 1 / lower[a*k+a]
		for b := range a {
			sum := 0.0
			for c := b; c < a; c++ {
				sum += lower[a*k+c] * inverse[c*k+b]
			}
			inverse[a*k+b] = -sum / lower[a*k+a]
		}
	}
	return inverse, logdet
}
