package spectra

import (
	"math"

	"gonum.org/v1/gonum/interp"
)

// law is an extinction law: A(λ)/A(V) at wavelengths from min to max [Å].
type law struct {
	min, max float64
	curve    func(rv float64) (func(lambda float64) float64, error)
}

var laws = map[string]law{
	"ccm89":         {1000, 1e5 / 3, func(rv float64) (func(float64) float64, error) { return cardelli(rv, ccmA, ccmB), nil }},
	"odonnell94":    {1000, 1e5 / 3, func(rv float64) (func(float64) float64, error) { return cardelli(rv, odonnellA, odonnellB), nil }},
	"fitzpatrick99": {910, 6e4, fitzpatrick},
}

// The coefficients of a(y) and b(y) with y = x − 1.82 μm⁻¹ in the optical and near infrared:
// Cardelli, Clayton and Mathis (1989, ApJ 345, 245, eqs. 3a and 3b), and their revision by
// O'Donnell (1994, ApJ 422, 158).
var (
	ccmA      = []float64{1, 0.17699, -0.50447, -0.02427, 0.72085, 0.01979, -0.77530, 0.32999}
	ccmB      = []float64{0, 1.41338, 2.28305, 1.07233, -5.38434, -0.62251, 5.30260, -2.09002}
	odonnellA = []float64{1, 0.104, -0.609, 0.701, 1.137, -1.718, -0.827, 1.647, -0.505}
	odonnellB = []float64{0, 1.952, 2.908, -3.989, -7.985, 11.102, 5.491, -10.805, 3.347}
)

// poly evaluates Σ c_k x^k.
func poly(x float64, c ...float64) (sum float64) {
	for k := len(c) - 1; k >= 0; k-- {
		sum = sum*x + c[k]
	}
	return sum
}

// cardelli returns A(λ)/A(V) = a(x) + b(x)/R_V with x = 1/λ (Cardelli et al. 1989, eqs. 1 to
// 5), with the given coefficients from 1.1 to 3.3 μm⁻¹.
func cardelli(rv float64, opticalA, opticalB []float64) func(lambda float64) float64 {
	return func(lambda float64) float64 {
		x := 1e4 / lambda // μm⁻¹
		var a, b float64
		switch {
		case x < 1.1:
			a, b = 0.574*math.Pow(x, 1.61), -0.527*math.Pow(x, 1.61)
		case x < 3.3:
			a, b = poly(x-1.82, opticalA...), poly(x-1.82, opticalB...)
		case x < 8:
			a = 1.752 - 0.316*x - 0.104/((x-4.67)*(x-4.67)+0.341)
			b = -3.090 + 1.825*x + 1.206/((x-4.62)*(x-4.62)+0.263)
			if y := x - 5.9; y > 0 {
				a += poly(y, 0, 0, -0.04473, -0.009779)
				b += poly(y, 0, 0, 0.2130, 0.1207)
			}
		default:
			a, b = poly(x-8, -1.073, -0.628, 0.137, -0.070), poly(x-8, 13.670, 4.257, -0.420, 0.374)
		}
		return a + b/rv
	}
}

// fitzpatrick returns A(λ)/A(V) of Fitzpatrick (1999, PASP 111, 63): the ultraviolet function
// of its eq. 1 below 2700 Å, and a natural cubic spline through its anchors above. The anchors
// for any R_V are those of his FM_UNRED (table 4).
func fitzpatrick(rv float64) (func(lambda float64) float64, error) {
	x := []float64{0, 1e4 / 26500, 1e4 / 12200, 1e4 / 6000, 1e4 / 5470, 1e4 / 4670, 1e4 / 4110, 1e4 / 2700, 1e4 / 2600}
	a := []float64{
		0, 0.26469 * rv / 3.1, 0.82925 * rv / 3.1,
		poly(rv, -0.422809, 1.00270, 2.13572e-4), poly(rv, -5.13540e-2, 1.00216, -7.35778e-5),
		poly(rv, 0.700127, 1.00184, -3.32598e-5), poly(rv, 1.19456, 1.01707, -5.46959e-3, 7.97809e-4, -4.45636e-5),
		rv + ultraviolet(x[7], rv), rv + ultraviolet(x[8], rv),
	}
	var spline interp.NaturalCubic
	if err := spline.Fit(x, a); err != nil {
		return nil, err
	}
	return func(lambda float64) float64 {
		if lambda < 2700 {
			return 1 + ultraviolet(1e4/lambda, rv)/rv
		}
		return spline.Predict(1e4/lambda) / rv
	}, nil
}

// ultraviolet returns E(λ−V)/E(B−V) at x = 1/λ [μm⁻¹] (Fitzpatrick 1999, eq. 1 and appendix).
func ultraviolet(x, rv float64) float64 {
	const x0, gamma, c3, c4 = 4.596, 0.99, 3.23, 0.41
	c2 := -0.824 + 4.717/rv
	c1 := 2.030 - 3.007*c2
	d := x*x - x0*x0
	k := c1 + c2*x + c3*x*x/(d*d+x*x*gamma*gamma)
	if y := x - 5.9; y > 0 {
		k += c4 * (0.5392*y*y + 0.05644*y*y*y)
	}
	return k
}
