package scores

// MSEObserved is the mean squared error over the fluxes that the operator measures.
var MSEObserved = Kind{
	Column: Column{
		Name: "mse_observed", Title: "MSE per observed flux", Unit: "flux²", Role: Error,
		Doc: "mean of (x̂ − x)² over the observed fluxes; null for operators that do not select fluxes",
	},
	Version: 1,
	Score: func(c Case) float64 {
		return c.meanSquare(func(j int) bool { return c.Observed != nil && c.Observed[j] })
	},
}
