package galaxy

import "math/rand/v2"

// outlierShare is the share of spectra that have a fault.
const outlierShare = 0.01

// faults are what can go wrong in a survey's data reduction. Each changes the fluxes of
// a spectrum in place.
var faults = []func(r *rand.Rand, flux []float64){
	cosmicRay,
	armStep,
	wrongRedshift,
}

// spoil gives a fault to one spectrum in a hundred.
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

// armStep scales the red arm, as if its calibration did not match the blue arm's.
func armStep(r *rand.Rand, flux []float64) {
	factor := 1 + 0.25*r.NormFloat64()
	for i := len(flux) * (50 + r.IntN(20)) / 100; i < len(flux); i++ {
		flux[i] *= factor
	}
}

// wrongRedshift shifts the spectrum, as if its lines had been mistaken for others.
func wrongRedshift(r *rand.Rand, flux []float64) {
	by := 20 + r.IntN(60)
	copy(flux, flux[by:])
	last := flux[len(flux)-by-1]
	for i := len(flux) - by; i < len(flux); i++ {
		flux[i] = last
	}
}
