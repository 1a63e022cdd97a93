package galaxy

import (
	"math"

	"sedlab/internal/rng"
)

// starTypes is the number of kinds of stars that populations are mixed from.
const starTypes = 6

// star is a kind of star: a black body behind an atmosphere.
type star struct {
	kelvin     float64
	balmer     float64 // optical depth of Hβ at line centre
	jump       float64 // optical depth just below the Balmer limit
	blanketing float64 // by iron-peak lines too many to list, 1 for a G star
}

// stars are O/B, A, F, G, K and M. They are main-sequence stars, except for K and M,
// whose light comes mostly from giants.
var stars = [starTypes]star{
	{kelvin: 24000, balmer: .35, jump: .20, blanketing: .02},
	{kelvin: 9600, balmer: 1.25, jump: .95, blanketing: .06},
	{kelvin: 6900, balmer: .50, jump: .40, blanketing: .40},
	{kelvin: 5800, balmer: .22, jump: .12, blanketing: 1.0},
	{kelvin: 4600, balmer: .09, jump: 0, blanketing: 1.6},
	{kelvin: 3600, balmer: .03, jump: 0, blanketing: 1.7},
}

// metallicities are the values of log Z/Z☉ at which stars are tabulated.
var metallicities = [...]float64{-0.9, -0.3, 0.3}

// referenceWavelength is the wavelength, in Å, at which every star's flux is 1.
const referenceWavelength = 5500

// templates are the fluxes (per Å) of each star at each metallicity, on a fine grid.
type templates [starTypes][len(metallicities)][]float64

func newTemplates(fine Grid) *templates {
	var t templates
	blanket := blanketing(fine)
	for s, star := range stars {
		hydrogen, metals := star.balmerDepth(fine), metalDepth(fine, s)
		for m, logZ := range metallicities {
			strength := math.Pow(10, 0.5*logZ) // lines saturate: depths grow as √Z
			flux := make([]float64, fine.N)
			for i := range flux {
				depth := hydrogen[i] + strength*(metals[i]+star.blanketing*blanket[i])
				flux[i] = blackBody(fine.Lambda(float64(i)), star.kelvin) * math.Exp(-depth)
			}
			t[s][m] = flux
		}
	}
	return &t
}

// blackBody returns Planck's B_λ(T) relative to that at the reference wavelength.
func blackBody(lambda, kelvin float64) float64 {
	const hcOverK = 1.438776877e8 // Å K
	b := func(l float64) float64 { return math.Pow(l, -5) / math.Expm1(hcOverK/(l*kelvin)) }
	return b(lambda) / b(referenceWavelength)
}

// balmerLimit is the limit of the Balmer series, 4/R_H in vacuum, in Å.
const balmerLimit = 3647.05

// balmerDepth returns the optical depth of the Balmer lines, at Rydberg's
// λ_n = limit / (1 − 4/n²) with Stark-broadened wings, and of the continuum beyond the
// limit, where the wings merge.
func (s star) balmerDepth(fine Grid) []float64 {
	depth := make([]float64, fine.N)
	for n := 3.0; n <= 24; n++ {
		lambda := balmerLimit / (1 - 4/(n*n))
		peak := s.balmer * min(1, math.Pow(9/n, 1.5))
		if n == 3 {
			peak *= 0.7 // Hα forms higher up, where the temperature contrast is less
		}
		width := min(1, 7/n) // the wings of high lines end where the next line begins
		addGaussian(depth, fine, lambda, 3.2*width, 0.6*peak)
		addGaussian(depth, fine, lambda, 13*width, 0.4*peak)
	}
	for i := range depth {
		lambda := fine.Lambda(float64(i))
		// Unresolved lines blur the edge over some 50 Å redward of the limit.
		depth[i] += s.jump * math.Pow(lambda/balmerLimit, 3) / (1 + math.Exp((lambda-3690)/14))
	}
	return depth
}

// metalDepth returns the optical depth of the listed features in star s, at solar
// metallicity.
func metalDepth(fine Grid, s int) []float64 {
	depth := make([]float64, fine.N)
	for _, list := range [][]feature{features, heliumFeatures} {
		for _, f := range list {
			addGaussian(depth, fine, vacuum(f.air), f.sigma, f.depth[s])
		}
	}
	return depth
}

// blanketing returns the optical depth of the unlisted iron-peak lines in a G star:
// steps where they set in, the largest at 4000 Å, and a forest of weak lines, whose
// places are drawn from a fixed seed.
func blanketing(fine Grid) []float64 {
	depth := make([]float64, fine.N)
	for i := range depth {
		lambda := fine.Lambda(float64(i))
		atCalcium := 0.26 / (1 + math.Exp((lambda-3998)/8))
		atGBand := 0.16 / (1 + math.Exp((lambda-4395)/30))
		atMagnesium := 0.05 / (1 + math.Exp((lambda-5330)/40))
		depth[i] = atCalcium + atGBand + atMagnesium
	}
	r := rng.New(0, "iron-peak lines")
	const lines = 900
	for range lines {
		lambda := 3150 + 4850*math.Pow(r.Float64(), 1.7) // denser to the blue
		strength := 0.09 * r.ExpFloat64() * math.Exp((4000-lambda)/1500)
		addGaussian(depth, fine, lambda, 1+r.Float64(), strength)
	}
	return depth
}

// addGaussian adds a Gaussian of width sigma (Å) and the given peak at lambda (Å).
func addGaussian(dst []float64, fine Grid, lambda, sigma, peak float64) {
	if peak == 0 {
		return
	}
	const reach = 5 // sigmas
	lo := max(0, int(fine.Bin(lambda-reach*sigma)))
	hi := min(len(dst)-1, int(fine.Bin(lambda+reach*sigma))+1)
	for i := lo; i <= hi; i++ {
		d := (fine.Lambda(float64(i)) - lambda) / sigma
		dst[i] += peak * math.Exp(-d*d/2)
	}
}
