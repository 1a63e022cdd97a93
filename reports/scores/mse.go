package scores

import "sedlab/internal/record"

// MSE is the mean squared error over all fluxes.
var MSE = Kind{
	Column: record.Column{
		Name: "mse", Title: "MSE per flux", Unit: "flux²", Role: record.Error,
		Doc: "mean of (x̂ − x)² over all fluxes, in the units of the normalised flux",
	},
	Version: 1,
	Score:   func(c Case) float64 { return c.meanSquare(func(int) bool { return true }) },
}
