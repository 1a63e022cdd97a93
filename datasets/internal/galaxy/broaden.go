package galaxy

import "math"

// instrument is the spectrograph's own σ in km/s: SDSS's at R ≈ 1900.
const instrument = 69

// broaden sets dst to the fine flux, shifted by shift, broadened by a Gaussian of sigma
// (both in km/s) and averaged over the bins of the coarse grid.
func broaden(dst, flux []float64, fine Grid, shift, sigma float64) {
	kernel, first := binKernel(fine.velocity(shift), fine.velocity(sigma))
	for i := range dst {
		at := fineMargin + i*oversampling + first
		var sum float64
		for k, w := range kernel {
			sum += w * flux[at+k]
		}
		dst[i] = sum
	}
}

// binKernel returns the weights of the fine bins that make up one coarse bin: a box as
// wide as the bin, convolved with a Gaussian. first is the place of the first weight
// relative to the bin's first fine bin. All lengths are in fine bins.
func binKernel(shift, sigma float64) (kernel []float64, first int) {
	const reach = 4 // sigmas
	half := min(int(math.Ceil(reach*sigma+math.Abs(shift))), fineMargin-1)
	kernel = make([]float64, oversampling+2*half)
	var total float64
	for k := range kernel {
		x := float64(k - half) // offset of the fine bin from the bin's first
		kernel[k] = gaussianShare(x+shift-(oversampling-1)/2., oversampling/2., sigma)
		total += kernel[k]
	}
	for k := range kernel {
		kernel[k] /= total
	}
	return kernel, -half
}

// gaussianShare returns how much of a unit Gaussian centred at x lies in [−half, half].
func gaussianShare(x, half, sigma float64) float64 {
	s := math.Sqrt2 * sigma
	return (math.Erf((x+half)/s) - math.Erf((x-half)/s)) / 2
}
