package scores

import (
	"math"
	"slices"
)

// Coverage68 and Coverage95 are the shares of fluxes within the central intervals of 68.27 % and
// 95 % that the prior gives.
var (
	Coverage68 = coverage("coverage_68", "68 %", 0.6827, 1)
	Coverage95 = coverage("coverage_95", "95 %", 0.95, 1.959964)
)

// ZScore is the root mean square of errors in standard deviations: 1 if these are right.
var ZScore = Kind{
	Column: Column{
		Name: "z_score", Title: "rms error in standard deviations", Role: Diagnostic, Nominal: 1,
		Doc: "root mean square of (x̂ − x)/σ over the fluxes that coverage_68 counts; null for a prior without standard deviations",
	},
	Version: 1,
	Score: func(c Case) float64 {
		sum, n := 0.0, 0
		c.EachZ(func(z float64) { sum, n = sum+z*z, n+1 })
		return math.Sqrt(sum / float64(n))
	},
}

func coverage(name, share string, nominal, within float64) Kind {
	return Kind{
		Column: Column{
			Name: name, Title: "share within " + share + " interval", Role: Diagnostic, Nominal: nominal,
			Doc: "share of the hidden fluxes, or of all if none is hidden, within the prior's " + share + " interval: of noise-free fluxes if the data set knows them, otherwise of those that it measured, with their noise; null for a prior without intervals",
		},
		Version: 1,
		Score: func(c Case) float64 {
			covered, n := 0, 0
			c.EachZ(func(z float64) {
				if n++; math.Abs(z) <= within {
					covered++
				}
			})
			return float64(covered) / float64(n)
		},
	}
}

// EachZ calls use with the error of each flux that coverage_68 counts, in standard deviations.
func (c Case) EachZ(use func(z float64)) {
	hidden := slices.Contains(c.Observed, false)
	c.EachError(func(flux int, off, sigma, noise float64) {
		if hidden && c.Observed[flux] {
			return
		}
		if all := math.Hypot(sigma, noise); all > 0 {
			use(off / all)
		}
	})
}

// EachError calls use with the error x̂ − x of each flux, with the standard deviation of the
// estimate and that of the noise in x: 0 if the noise-free signal is known. Otherwise it leaves
// out infilled fluxes. It calls nothing for a prior without standard deviations.
func (c Case) EachError(use func(flux int, off, sigma, noise float64)) {
	if len(c.Sigma) == 0 || c.Clean == nil && len(c.Noise) == 0 {
		return
	}
	for j, x := range c.Estimate {
		truth, noise := c.Truth[j], 0.0
		switch {
		case c.Clean != nil:
			truth = c.Clean[j]
		case c.Infilled != nil && c.Infilled[j]:
			continue
		default:
			noise = float64(c.Noise[j])
		}
		use(j, float64(x)-float64(truth), float64(c.Sigma[j]), noise)
	}
}
