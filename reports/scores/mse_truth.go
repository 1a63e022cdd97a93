package scores

import "math"

// MSETruth is the mean squared error against the signal without noise. Data have noise of
// their own: an error against them cannot fall below it, and rewards a prior that copies it.
var MSETruth = Kind{
	Column: Column{
		Name: "mse_truth", Title: "MSE per flux, noise-free", Unit: "flux²", Role: Error,
		Doc: "mean of (x̂ − x)² over all fluxes, where x is the signal without noise, if the data set knows it",
	},
	Version: 1,
	Score: func(c Case) float64 {
		if c.Clean == nil {
			return math.NaN()
		}
		return meanSquare(c.Estimate, c.Clean, func(int) bool { return true })
	},
}
