package galaxy

import "math"

// gasToStars is the reddening of stars relative to that of gas (Calzetti et al. 2000,
// eq. 3).
const gasToStars = 0.44

// transmission returns the share of light that dust of colour excess ebv lets through
// where the attenuation law is k: 10^(−0.4·k·E(B−V)).
func transmission(k, ebv float64) float64 {
	return math.Exp(-0.4 * math.Ln10 * k * ebv)
}

// calzetti returns the attenuation law k(λ) = A(λ)/E(B−V), for λ in Å from 1200 to
// 22000 (Calzetti et al. 2000, ApJ 533, 682, eq. 4).
func calzetti(lambda float64) float64 {
	const rv = 4.05
	u := 1e4 / lambda // 1/µm
	if lambda < 6300 {
		return 2.659*(-2.156+u*(1.509+u*(-0.198+u*0.011))) + rv
	}
	return 2.659*(-1.857+1.040*u) + rv
}
