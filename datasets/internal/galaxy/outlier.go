package galaxy

import "math/rand/v2"

// outlierShare is how many spectra have something wrong with them.
const outlierShare = 0.01

// faults are what goes wrong in a survey's reduction. Each changes the flux of
// a spectrum in place.
var faults = []func(r *rand.Rand, flux []float64){
	cosmicRay,
	armStep,
	wrongRedshift,
}

// spoil gives one spectrum in a hundred a fault.
func spoil(r *rand.Rand, flux []float64) {
	if r.Float64() < outlierShare {
		faults[r.IntN(len(faults))](r, flux)
	}
}

// cosmicRay adds a few bins of charge that was not light.
func cosmicRay(r *rand.Rand, flux []float64) {
	at, height := r.IntN(len(flux)), (2+6*r.Float64())*mean(flux)
	end := min(at+1+r.IntN(4), len(flux))
	for i := at; i < end; i++ {
		flux[i] += height * (0.3 + 0.7*r.Float64())
	}
}

// armStep scales the red arm against the blue one, whose fluxes did not match.
func armStep(r *rand.Rand, flux []float64) {
	factor := 1 + 0.25*r.NormFloat64()
	for i := len(flux) * (50 + r.IntN(20)) / 100; i < len(flux); i++ {
		flux[i] *= factor
	}
}

// wrongRedshift shifts the spectrum, as if lines had been taken for others.
func wrongRedshift(r *rand.Rand, flux []float64) {
	by := 20 + r.IntN(60)
	copy(flux, flux[by:])
	last := flux[len(flux)-by-1]
	for i := len(flux) - by; i < len(flux); i++ {
		flux[i] = last
	}
}
