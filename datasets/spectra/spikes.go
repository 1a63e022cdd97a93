package spectra

import (
	"math"

	"sedlab/internal/rebin"
)

const (
	spikeSigma = 5 // pixels, of the Gaussian that smooths the error
	spikeReach = 2 // pixels on either side that are left out too
)

// meanError returns the errors, and their means over the new pixels of m. As in astroML's
// recipe, the error is 0 where nothing was measured, and outside the spectrum.
func (s *Spectrum) meanError(m *rebin.Matrix) (sigma, mean []float64) {
	sigma = make([]float64, len(s.Flux))
	for i := range sigma {
		if s.Measured(i) {
			sigma[i] = 1 / math.Sqrt(s.Ivar[i])
		}
	}
	n, _ := m.Dims()
	mean = make([]float64, n)
	rebin.Apply(m, mean, sigma)
	for j := range mean {
		mean[j] *= m.Coverage(j)
	}
	return sigma, mean
}

// spikes reports which pixels astroML leaves out (Vanderplas et al. 2012,
// SDSSfits.compute_mask): those whose error is at least 1+share times the local one, a
// Gaussian mean; those without error; and their neighbours.
func spikes(sigma []float64, share float64) []bool {
	n := len(sigma)
	out := make([]bool, n)
	for j, local := range smoothed(sigma) {
		if sigma[j] > 0 && sigma[j] < (1+share)*local {
			continue
		}
		for k := max(0, j-spikeReach); k <= min(n-1, j+spikeReach); k++ {
			out[k] = true
		}
	}
	return out
}

// smoothed convolves with a Gaussian, cut off at four standard deviations; beyond its ends,
// the list is reflected, as SciPy's gaussian_filter1d does.
func smoothed(list []float64) []float64 {
	const reach = 4 * spikeSigma
	var weights [reach + 1]float64
	sum := 0.0
	for k := range weights {
		x := float64(k) / spikeSigma
		weights[k] = math.Exp(-x * x / 2)
		sum += weights[k]
		if k > 0 {
			sum += weights[k]
		}
	}
	n := len(list)
	at := func(i int) float64 { // of … 1 0 | 0 1 … n−1 | n−1 n−2 …
		i = ((i % (2 * n)) + 2*n) % (2 * n)
		return list[min(i, 2*n-1-i)]
	}
	out := make([]float64, n)
	for i := range out {
		out[i] = weights[0] * list[i]
		for k := 1; k <= reach; k++ {
			out[i] += weights[k] * (at(i-k) + at(i+k))
		}
		out[i] /= sum
	}
	return out
}
