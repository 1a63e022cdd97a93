package galaxy

import (
	"math"

	"sedlab/internal/rng"
)

// Model makes spectra on a grid. It may be used from several goroutines at once.
type Model struct {
	grid, fine Grid
	templates  *templates
	lambda     []float64 // of each bin, Å
	dust       []float64 // Calzetti's k(λ) in each bin
}

// NewModel tabulates the stars for a grid of optical wavelengths.
func NewModel(grid Grid) *Model {
	fine := grid.fine()
	m := &Model{grid: grid, fine: fine, templates: newTemplates(fine)}
	for i := range grid.N {
		lambda := grid.Lambda(float64(i))
		m.lambda = append(m.lambda, lambda)
		m.dust = append(m.dust, calzetti(lambda))
	}
	return m
}

// Spectrum makes the spectrum of galaxy id, which depends only on the seed and the id. It
// sets flux to the fluxes, in arbitrary units per Å, and infilled to true where a flux
// was not measured; both have the grid's length. It returns the redshift.
func (m *Model) Spectrum(flux, truth []float32, infilled []bool, seed, id uint64) (redshift float64) {
	g := drawGalaxy(rng.New(seed, "galaxy", id))
	bins := m.light(g, seed, id)
	o := observation{
		r: rng.New(seed, "galaxy observation", id), grid: m.grid, lambda: m.lambda, redshift: g.redshift,
	}
	o.calibrate(bins)
	for i, v := range bins {
		truth[i] = float32(v)
	}
	o.gaps(infilled)
	o.measure(bins, infilled)
	spoil(rng.New(seed, "galaxy outlier", id), bins)
	for i, v := range bins {
		flux[i] = float32(v)
	}
	return g.redshift
}

// light returns the noise-free light of a galaxy in every bin.
func (m *Model) light(g galaxy, seed, id uint64) []float64 {
	fine := make([]float64, m.fine.N)
	g.stars(fine, m.templates)
	bins := make([]float64, m.grid.N)
	broaden(bins, fine, m.fine, g.shift, math.Hypot(g.sigma, instrument))
	for i := range bins {
		bins[i] *= transmission(m.dust[i], g.ebv)
	}
	scatter := rng.New(seed, "galaxy gas", id).NormFloat64
	for _, cloud := range g.clouds(scatter) {
		cloud.addLines(bins, m.grid, g.shift, g.ebv/gasToStars)
	}
	return bins
}
