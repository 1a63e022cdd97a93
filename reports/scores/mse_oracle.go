package scores

// MSEOracle is the representation error: how far the signal is from what the prior can make. The
// rest of an error is what is lost by searching and by not measuring all.
var MSEOracle = Kind{
	Column: Column{
		Name: "mse_oracle", Title: "MSE per flux, representation", Unit: "flux²", Role: Error, Absent: true,
		Doc: "mean of (x̂ − x)² over all fluxes, where x is the signal without noise, or that of the data if this is unknown, and x̂ what the same solver finds if it is given all of x, without a penalty; null unless `evaluate.oracle` is true",
	},
	Version: 1,
	Score:   func(c Case) float64 { return c.Oracle },
}
