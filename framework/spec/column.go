package spec

// columns are the columns of signals.parquet that every run has, in order.
var columns = []string{
	"run_id", "cell_id", "prior", "prior_hash", "operator", "method", "lambda", "split",
	"signal_id", "level", "missing_fraction", "noise_l2", "seed",
	"mse", "mse_missing", "mse_observed", "mse_measured", "measurement_loss",
	"iterations", "converged", "status", "seconds",
}

// exampleColumns are those of them that a figure of examples can tell apart.
var exampleColumns = []string{
	"cell_id", "prior", "operator", "method", "lambda", "split", "signal_id",
	"level", "missing_fraction", "noise_l2", "seed",
}

// own maps the keys that have a column of their own to it.
var own = map[string]string{
	"problem.missing_fraction": "missing_fraction",
	"problem.noise.l2":         "noise_l2",
	"problem.operator":         "operator",
	"evaluate.split":           "split",
	"solver.method":            "method",
	"solver.lambda":            "lambda",
	"seed":                     "seed",
}

// Column returns the column of signals.parquet that holds a key's values: one
// of its own, or sweep.<key>, which is there if the key is swept.
func Column(key string) string {
	if column, ok := own[key]; ok {
		return column
	}
	return "sweep." + key
}
