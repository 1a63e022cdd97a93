package scores

// MSEMeasured is the mean squared error over the fluxes that the survey measured. The
// others were filled in by PCA, which flatters PCA.
var MSEMeasured = Kind{
	Column: Column{
		Name: "mse_measured", Title: "MSE per flux not filled in", Unit: "flux²", Role: Error,
		Doc: "mean of (x̂ − x)² over all fluxes but those that the data set had filled in",
	},
	Version: 1,
	Score: func(c Case) float64 {
		return c.meanSquare(func(j int) bool { return c.Infilled == nil || !c.Infilled[j] })
	},
}
