package reports

import (
	"fmt"
	"strings"
)

// axisTitle names a column for people, with its unit.
func axisTitle(column, normalize string) string {
	flux := "normalised flux"
	if normalize == "none" {
		flux = "flux"
	}
	titles := map[string]string{
		"missing_fraction": "missing fluxes [%]",
		"noise_l2":         "noise ‖η‖₂ [" + flux + "]",
		"mse":              "MSE per flux [" + flux + "²]",
		"mse_missing":      "MSE per missing flux [" + flux + "²]",
		"mse_observed":     "MSE per observed flux [" + flux + "²]",
		"mse_measured":     "MSE per flux measured by the survey [" + flux + "²]",
		"measurement_loss": "measurement loss ‖A G(z) − y‖²/m [" + flux + "²]",
		"loss":             "training loss: MSE per flux [" + flux + "²]",
		"lambda":           "λ",
		"seconds":          "time per signal [s]",
		"level":            "level of difficulty",
		"iterations":       "iterations",
	}
	if t, ok := titles[column]; ok {
		return t
	}
	return keyOf(column)
}

// groupTitle names a column in a legend.
func groupTitle(column, normalize string) string {
	title, _, _ := strings.Cut(axisTitle(column, normalize), " [")
	return title
}

// setting names a column's value, of a row of a prior: pca, or code_dim = 8.
func setting(prior, column string, value any) string {
	if column == "prior" || column == "method" {
		return category(column, value)
	}
	return strings.TrimPrefix(keyOf(column), "priors."+prior+".") + " = " + category(column, value)
}

// category names a column's value on an axis or in a legend.
func category(column string, value any) string {
	switch v := value.(type) {
	case nil:
		return "none"
	case float64:
		if column == "missing_fraction" {
			return format(100 * v)
		}
		return format(v)
	case string:
		if column == "operator" {
			return strings.ReplaceAll(v, "_", " ")
		}
		return v
	}
	return fmt.Sprint(value)
}
