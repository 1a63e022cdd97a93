package scores

// MeasurementLoss is how far the reconstruction is from what was measured.
var MeasurementLoss = Kind{
	Column: Column{
		Name: "measurement_loss", Title: "measurement loss ‖A G(z) − y‖²/m", Unit: "flux²", Role: Error,
		Doc: "‖A x̂ − y‖²/m, what the solver saw",
	},
	Version: 1,
	Score:   func(c Case) float64 { return c.Loss },
}
