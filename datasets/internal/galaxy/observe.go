package galaxy

import (
	"math"
	"math/rand/v2"
)

// The spectrograph covers this range in the observer's frame, in Å (SDSS DR1; Abazajian
// et al. 2003, AJ 126, 2081).
const (
	blueEnd = 3800
	redEnd  = 9200
)

// skyLines are strong lines of the night sky: their wavelengths in Å (Osterbrock et al.
// 1996, PASP 108, 277), and how much they raise the noise.
var skyLines = []struct{ lambda, noise float64 }{
	{5578.9, 5}, {5892, 1}, {6302, 1.5}, {6365.5, .7},
	{7278, .6}, {7318, .8}, {7343, .8}, {7753, 1}, {7796, 1.2}, {7823, 1},
	{7916, 1.2}, {7966, 1.2}, {7995, 1.2}, {8027, .8}, {8346, 1.2}, {8401, 1.5},
	{8432, 1.5}, {8467, 1.2}, {8507, 1}, {8780, 1.2}, {8829, 1.5}, {8888, 1.5},
	{8922, 1.5}, {8961, 1.2},
}

// observation is one exposure of a galaxy.
type observation struct {
	r        *rand.Rand
	grid     Grid
	lambda   []float64 // of each bin, Å
	redshift float64
}

// observed returns the wavelength of bin i in the observer's frame.
func (o observation) observed(i int) float64 {
	return o.lambda[i] * (1 + o.redshift)
}

// calibrate multiplies the flux by a smooth error of about 2 %, and by the
// galaxy's brightness.
func (o observation) calibrate(flux []float64) {
	scale := 12 * math.Exp(0.8*o.r.NormFloat64())
	tilt, bend := 0.02*o.r.NormFloat64(), 0.015*o.r.NormFloat64()
	for i := range flux {
		x := 2*float64(i)/float64(len(flux)) - 1
		flux[i] *= scale * (1 + tilt*x + bend*(1.5*x*x-0.5))
	}
}

// gaps marks the bins that were not measured: those that redshift moves out of the
// covered range, often the strongest sky line, and a few runs of bad pixels.
func (o observation) gaps(infilled []bool) {
	for i := range infilled {
		lambda := o.observed(i)
		infilled[i] = lambda < blueEnd || lambda > redEnd
	}
	mark := func(at, length int) {
		for i := max(at, 0); i < min(at+length, len(infilled)); i++ {
			infilled[i] = true
		}
	}
	if o.r.Float64() < 0.5 {
		mark(int(o.grid.Bin(skyLines[0].lambda/(1+o.redshift)))-1, 3)
	}
	for gap := o.r.ExpFloat64() * 2; gap > 1; gap-- {
		mark(o.r.IntN(len(infilled)), 1+int(3*o.r.ExpFloat64()))
	}
}

// measure adds noise to measured fluxes. To the others it adds the error of an
// infilling, which is smooth and grows with the distance from the nearest measured flux.
func (o observation) measure(flux []float64, infilled []bool) {
	snr := 20 * math.Exp(1.1*o.r.Float64()) // per bin, where the instrument is best
	tilt := 0.04 * o.r.NormFloat64()
	mean := mean(flux)
	first, last := span(infilled)
	for i, v := range flux {
		if infilled[i] {
			outside := o.grid.Step * float64(max(first-i, i-last, 0)) // dex
			flux[i] = v * (1 + tilt*min(outside/0.05, 1.5))
			continue
		}
		// Half of the variance is the source's own photons, half the sky's.
		variance := (0.5 + 0.5*max(v, 0)/mean) * o.noise(o.observed(i))
		flux[i] = v + mean/snr*math.Sqrt(variance)*o.r.NormFloat64()
	}
}

// noise returns the variance at an observed wavelength, relative to the lowest of the
// instrument. Throughput falls at both ends, and sky lines add noise.
func (o observation) noise(lambda float64) float64 {
	x := (lambda - 6500) / 2700
	variance := math.Exp(1.6 * x * x * x * x)
	const width = 3 // Å
	for _, l := range skyLines {
		if d := (lambda - l.lambda) / width; math.Abs(d) < 4 {
			variance += l.noise * math.Exp(-d*d/2)
		}
	}
	return variance
}

// span returns the first and the last measured bin.
func span(infilled []bool) (first, last int) {
	last = len(infilled) - 1
	for first < last && infilled[first] {
		first++
	}
	for last > first && infilled[last] {
		last--
	}
	return first, last
}

func mean(x []float64) float64 {
	var sum float64
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}
