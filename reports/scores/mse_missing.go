package scores

// MSEMissing is the mean squared error over the fluxes that the operator hides.
var MSEMissing = Kind{
	Column: Column{
		Name: "mse_missing", Title: "MSE per missing flux", Unit: "flux²", Role: Error,
		Doc: "mean of (x̂ − x)² over the hidden fluxes; null where there are none, and for operators that do not select fluxes",
	},
	Version:  1,
	OfHidden: true,
	Score: func(c Case) float64 {
		return c.meanSquare(func(j int) bool { return c.Observed != nil && !c.Observed[j] })
	},
}
