package pca

import "sedlab/priors"

var _ priors.Coster = (*Config)(nil)

// Cost counts the covariance's lower triangle, its reduction to a tridiagonal
// matrix, and per signal the QR decomposition of least squares. Memory is of two
// matrices of the covariance's size.
func (c *Config) Cost(n, dim int) priors.Cost {
	signals, fluxes, d := float64(n), float64(dim), float64(c.CodeDim)
	return priors.Cost{
		Training: signals*fluxes*fluxes + 4./3*fluxes*fluxes*fluxes,
		Closed:   2 * fluxes * d * d,
		Memory:   8 * 2 * fluxes * fluxes,
	}
}
