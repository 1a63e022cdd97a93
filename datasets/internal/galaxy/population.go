package galaxy

import (
	"math"
	"math/rand/v2"
)

// ageLight is the share of each kind of star in the light at 5500 Å of stars that were
// born together 5 Myr, 100 Myr, 600 Myr, 2.5 Gyr and 10 Gyr ago. It is set by hand to
// look like population synthesis (Bruzual and Charlot 2003, MNRAS 344, 1000).
var ageLight = [...][starTypes]float64{
	{.86, .06, .01, 0, .03, .04},
	{.34, .46, .05, .02, .10, .03},
	{.02, .58, .18, .05, .15, .02},
	{0, .04, .46, .15, .27, .08},
	{0, .01, .16, .31, .40, .12},
}

const ages = len(ageLight)

// class is what galaxies of one kind have in common. Each member scatters about it.
type class struct {
	name     string
	share    float64       // of all galaxies
	light    [ages]float64 // at 5500 Å, from stars of each age
	scatter  float64       // of ln light
	logZ     float64       // of stars, log Z/Z☉
	sigma    float64       // of stars, km/s
	ebv      float64       // of stars, mag
	redshift float64       // median
	nucleus  nucleus
}

// nucleus is an active nucleus: the Hα that it adds, as an equivalent width in Å of the
// continuum at 5500 Å, and its place in the diagram of Baldwin, Phillips and Terlevich
// (1981, PASP 93, 5).
type nucleus struct{ halpha, logN2, logO3 float64 }

var classes = []class{
	{"passive", .40, [ages]float64{.002, .003, .015, .13, .85}, .5, .05, 190, .02, .110, nucleus{.5, .05, .25}},
	{"green valley", .10, [ages]float64{.015, .03, .10, .30, .555}, .4, .0, 140, .08, .090, nucleus{1, .0, .3}},
	{"spiral", .32, [ages]float64{.07, .11, .17, .27, .38}, .45, -.1, 105, .15, .070, nucleus{}},
	{"dwarf", .075, [ages]float64{.22, .24, .23, .18, .13}, .4, -.55, 50, .06, .035, nucleus{}},
	{"starburst", .015, [ages]float64{.45, .23, .14, .11, .07}, .3, -.65, 60, .10, .030, nucleus{}},
	{"post-starburst", .015, [ages]float64{.003, .03, .60, .17, .197}, .25, -.1, 130, .05, .100, nucleus{.5, .0, .2}},
	{"seyfert", .03, [ages]float64{.03, .06, .12, .28, .51}, .4, .1, 160, .12, .080, nucleus{16, -.05, .85}},
	{"liner", .045, [ages]float64{.004, .01, .05, .20, .736}, .4, .1, 180, .05, .080, nucleus{3.5, .08, .35}},
}

// galaxy holds the physical properties of one galaxy.
type galaxy struct {
	types    [starTypes]float64 // light at 5500 Å from each kind of star; the sum is 1
	young    float64            // light at 5500 Å from the youngest stars
	logZ     float64
	sigma    float64 // km/s
	shift    float64 // km/s, the error of the redshift
	ebv      float64 // of stars, mag
	redshift float64
	nucleus  nucleus
}

// drawGalaxy draws a class and a member of it.
func drawGalaxy(r *rand.Rand) galaxy {
	c := drawClass(r)
	g := galaxy{
		logZ:     c.logZ + 0.15*r.NormFloat64(),
		sigma:    c.sigma * math.Exp(0.25*r.NormFloat64()),
		shift:    25 * r.NormFloat64(),
		ebv:      c.ebv * math.Exp(0.6*r.NormFloat64()),
		redshift: min(max(c.redshift*math.Exp(0.45*r.NormFloat64()), 0.003), 0.35),
		nucleus: nucleus{
			halpha: c.nucleus.halpha * math.Exp(0.6*r.NormFloat64()),
			logN2:  c.nucleus.logN2 + 0.08*r.NormFloat64(),
			logO3:  c.nucleus.logO3 + 0.12*r.NormFloat64(),
		},
	}
	light := c.light
	var total float64
	for a := range light {
		light[a] *= math.Exp(c.scatter * r.NormFloat64())
		total += light[a]
	}
	for a, share := range light {
		for s, starlight := range ageLight[a] {
			g.types[s] += share / total * starlight
		}
	}
	g.young = light[0] / total
	return g
}

func drawClass(r *rand.Rand) class {
	u := r.Float64()
	for _, c := range classes {
		if u -= c.share; u < 0 {
			return c
		}
	}
	return classes[0] // the shares sum to 1, up to rounding
}

// stars sets dst to the light of a galaxy's stars on the fine grid, interpolated between
// metallicities.
func (g galaxy) stars(dst []float64, t *templates) {
	last := len(metallicities) - 2
	m := 0
	for m < last && g.logZ > metallicities[m+1] {
		m++
	}
	rich := (g.logZ - metallicities[m]) / (metallicities[m+1] - metallicities[m])
	rich = min(max(rich, 0), 1)
	clear(dst)
	for s, share := range g.types {
		poorFlux, richFlux := t[s][m], t[s][m+1]
		for i := range dst {
			dst[i] += share * ((1-rich)*poorFlux[i] + rich*richFlux[i])
		}
	}
}
