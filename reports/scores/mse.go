package scores

// MSE is the mean squared error over all fluxes.
var MSE = Kind{
	Column: Column{
		Name: "mse", Title: "MSE per flux", Unit: "flux²", Role: Error,
		Doc: "mean of (x̂ − x)² over all fluxes, in the units of the normalised flux",
	},
	Version: 1,
	Score:   func(c Case) float64 { return c.meanSquare(func(int) bool { return true }) },
}
