package galaxy

import "math"

// ion is a source of lines. Atomic physics fixes their ratios to each other.
type ion int

const (
	hydrogen ion = iota
	helium
	nitrogen2
	oxygen1
	oxygen2
	oxygen3
	neon3
	sulfur2
	argon3
	ions
)

// line is an emission line: its wavelength in air (Å), and its flux relative to that of
// its ion's reference line.
type line struct {
	air  float64
	ion  ion
	flux float64
}

// lines are the strong lines of ionised gas. Wavelengths are from the NIST Atomic
// Spectra Database. Hydrogen is relative to Hα for case B at 10⁴ K, so Hα/Hβ = 2.86
// without dust; forbidden doublets follow their transition probabilities (Osterbrock
// and Ferland 2006, Astrophysics of Gaseous Nebulae, chapters 3 to 5).
var lines = []line{
	{6562.80, hydrogen, 1},
	{4861.33, hydrogen, 1 / 2.86},
	{4340.47, hydrogen, .468 / 2.86},
	{4101.74, hydrogen, .259 / 2.86},
	{3970.07, hydrogen, .159 / 2.86},
	{3889.05, hydrogen, .105 / 2.86},
	{3835.38, hydrogen, .073 / 2.86},
	{3797.90, hydrogen, .053 / 2.86},
	{5875.62, helium, 1},
	{6678.15, helium, .27},
	{4471.48, helium, .38},
	{7065.19, helium, .18},
	{6583.46, nitrogen2, 1},
	{6548.05, nitrogen2, 1 / 3.05},
	{6300.30, oxygen1, 1},
	{6363.78, oxygen1, 1 / 3.1},
	{3728.82, oxygen2, .58},
	{3726.03, oxygen2, .42},
	{5006.84, oxygen3, 1},
	{4958.91, oxygen3, 1 / 2.98},
	{3868.75, neon3, 1},
	{3967.46, neon3, .31},
	{6716.44, sulfur2, .57},
	{6730.82, sulfur2, .43},
	{7135.80, argon3, 1},
	{7751.10, argon3, .24},
}

// gas is one cloud of ionised gas.
type gas struct {
	halpha float64       // flux of Hα before dust, in Å of the stars' continuum at 5500 Å
	ratio  [ions]float64 // flux of each ion's reference line relative to Hα
	sigma  float64       // km/s, without the instrument
}

// clouds returns the gas that a galaxy's young stars ionise, and that of its nucleus.
// scatter draws from N(0, 1).
func (g galaxy) clouds(scatter func() float64) [2]gas {
	// A 5 Myr old population has an equivalent width of several hundred Å in Hα
	// (Leitherer et al. 1999, ApJS 123, 3).
	const youngHalpha = 230
	return [2]gas{
		{
			halpha: youngHalpha * g.young * math.Exp(0.25*scatter()),
			ratio:  starForming(8.69+g.logZ+0.15, scatter),
			sigma:  (0.5*g.sigma + 25) * math.Exp(0.15*scatter()),
		},
		{halpha: g.nucleus.halpha, ratio: g.nucleus.ratios(), sigma: 1.1 * g.sigma},
	}
}

// starForming returns the line ratios of gas around young stars for an oxygen abundance
// 12 + log O/H. [N II] follows Pettini and Pagel (2004, MNRAS 348, L59, eq. 1), [O III]
// the sequence of star-forming galaxies (Kewley et al. 2013, ApJ 774, 100, at z = 0);
// the rest is near SDSS means. Each ratio scatters independently.
func starForming(oxygen float64, scatter func() float64) [ions]float64 {
	logN2 := min((oxygen-8.90)/0.57+0.06*scatter(), -0.42)
	logO3 := 0.61/(logN2+0.08) + 1.1 + 0.10*scatter()
	logO2 := 0.40 - 0.6*max(0, oxygen-8.5) + 0.10*scatter() // relative to Hβ, like logO3
	logS2 := -0.35 + 0.9*min(0, oxygen-8.45) + 0.08*scatter()
	return ratios(logN2, logO3, logO2, logS2, logS2-0.95)
}

// ratios returns a nucleus's line ratios. Low ions are strong, because the ionising
// spectrum is hard.
func (n nucleus) ratios() [ions]float64 {
	return ratios(n.logN2, n.logO3, 0.45, -0.05, -0.75)
}

// ratios returns all line ratios, given the logarithms of [N II]/Hα, [O III]/Hβ,
// [O II]/Hβ, [S II]/Hα and [O I]/Hα. The other lines follow from these.
func ratios(logN2, logO3, logO2, logS2, logO1 float64) [ions]float64 {
	pow := func(x float64) float64 { return math.Pow(10, x) }
	const hbeta = 1 / 2.86
	oxygen3Flux := hbeta * pow(logO3)
	return [ions]float64{
		hydrogen:  1,
		helium:    .12 * hbeta,
		nitrogen2: pow(logN2),
		oxygen1:   pow(logO1),
		oxygen2:   hbeta * pow(logO2),
		oxygen3:   oxygen3Flux,
		neon3:     .08 * oxygen3Flux,
		sulfur2:   pow(logS2),
		argon3:    .02 + .01*oxygen3Flux,
	}
}

// addLines adds a cloud's lines, dimmed by dust, to the flux per Å in each bin.
func (c gas) addLines(flux []float64, grid Grid, shift, ebv float64) {
	sigma := grid.velocity(math.Hypot(c.sigma, instrument))
	for _, l := range lines {
		lambda := vacuum(l.air)
		strength := c.halpha * c.ratio[l.ion] * l.flux * transmission(calzetti(lambda), ebv)
		center := grid.Bin(lambda) + grid.velocity(shift)
		const reach = 5 // sigmas
		lo, hi := int(center-reach*sigma-1), int(center+reach*sigma+1)
		perBin := strength / (lambda * math.Ln10 * grid.Step)
		for i := max(lo, 0); i <= min(hi, len(flux)-1); i++ {
			flux[i] += perBin * gaussianShare(float64(i)-center, 0.5, sigma)
		}
	}
}
