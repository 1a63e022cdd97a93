package scores

import "sedlab/internal/record"

// MSEMeasured is the mean squared error over the fluxes that the survey measured:
// those that the data set filled in by PCA flatter PCA.
var MSEMeasured = Kind{
	Column: record.Column{
		Name: "mse_measured", Title: "MSE per flux measured by the survey", Unit: "flux²", Role: record.Error,
		Doc: "mean of (x̂ − x)² over all fluxes but those that the data set had filled in",
	},
	Version: 1,
	Score: func(c Case) float64 {
		return c.meanSquare(func(j int) bool { return c.Infilled == nil || !c.Infilled[j] })
	},
}
