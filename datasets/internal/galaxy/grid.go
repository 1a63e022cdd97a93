// Package galaxy makes rest-frame optical spectra of galaxies from a small
// physical model, as a survey such as SDSS would observe them:
//
//	stars of six temperatures, with breaks and absorption lines   stars.go, features.go
//	mixed by age and metallicity                                  population.go
//	broadened by their motions                                    broaden.go
//	reddened by dust                                              dust.go
//	with emission lines of the gas                                emission.go
//	observed with noise, gaps and an occasional outlier           observe.go, outlier.go
//
// Its spectra have the structure of real ones: correlations, nonlinearity and missing
// fluxes. They are not for measuring real galaxies, because the strengths are set by hand
// to look like population synthesis.
package galaxy

import "math"

// Grid is a grid of N bins, evenly spaced in log wavelength:
// λ_i = 10^(Start + Step·i) Å, in vacuum.
type Grid struct {
	Start, Step float64 // dex
	N           int
}

// Lambda returns the wavelength at bin i, which need not be whole.
func (g Grid) Lambda(i float64) float64 { return math.Pow(10, g.Start+g.Step*i) }

// Bin returns the bin of a wavelength, not rounded: the inverse of Lambda.
func (g Grid) Bin(lambda float64) float64 { return (math.Log10(lambda) - g.Start) / g.Step }

// velocity returns how many bins a velocity in km/s shifts a wavelength by.
func (g Grid) velocity(v float64) float64 { return v / (speedOfLight * math.Ln10 * g.Step) }

const speedOfLight = 299792.458 // km/s

// oversampling is the number of fine bins per bin. Stars are tabulated on fine bins.
const oversampling = 4

// fineMargin is the number of fine bins beyond the grid on either side. It is more than
// the reach of the broadening.
const fineMargin = 64

// fine returns the grid that stars are tabulated on.
func (g Grid) fine() Grid {
	step := g.Step / oversampling
	// The four fine bins of bin 0 are centred on bin 0.
	start := g.Start - step*(fineMargin+(oversampling-1)/2.)
	return Grid{Start: start, Step: step, N: g.N*oversampling + 2*fineMargin}
}

// vacuum converts a wavelength in air to vacuum, both in Å, as SDSS does
// (Morton 1991, ApJS 77, 119).
func vacuum(air float64) float64 {
	s := air * air
	return air * (1 + 2.735182e-4 + 131.4182/s + 2.76249e8/(s*s))
}
