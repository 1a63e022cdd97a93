// Package catalog is the one list of everything that a spec can name. The modules in
// examples/ add kinds of their own to it; package internal/yamlpos lists the tags
// that declare the keys of a kind.
package catalog

import (
	"sedlab/datasets"
	"sedlab/datasets/spectra"
	"sedlab/framework/spec"
	"sedlab/operators"
	"sedlab/priors"
	"sedlab/priors/baseline"
	"sedlab/priors/ensemble"
	"sedlab/priors/gaussian"
	"sedlab/priors/glo"
	"sedlab/priors/pca"
	"sedlab/priors/vad"
	"sedlab/priors/zero"
	"sedlab/reports/figures"
	"sedlab/reports/scores"
	"sedlab/solvers"
)

// Default returns the kinds that ship with sedlab, in the order in which help lists them.
// A spec that names no source or solver gets the first one. A program with its own kinds
// appends them.
func Default() spec.Catalog {
	return spec.Catalog{
		Sources:   []datasets.Kind{datasets.Synthetic, datasets.SDSSCorrected, datasets.NPZ, datasets.Spectra},
		Prepare:   []spectra.StepKind{spectra.Deredden, spectra.RestFrame, spectra.Mask, spectra.Rebin, spectra.Normalize, spectra.Select},
		Steps:     []datasets.StepKind{datasets.Crop, datasets.IterativePCA, datasets.EMPCA},
		Operators: []operators.Kind{operators.Inpainting, operators.SuperResolution, operators.Denoising, operators.CompressedSensing},
		Priors:    []priors.Kind{glo.Kind, pca.Kind, zero.Kind, gaussian.PPCA, gaussian.FactorAnalysis, gaussian.Mixture, gaussian.Mean, vad.Kind, baseline.Nearest, baseline.Interpolate, ensemble.Kind},
		Solvers:   []solvers.Kind{solvers.Projection, solvers.Regularization, solvers.GaussNewton},
		Figures:   []figures.Kind{figures.Boxplot, figures.Calibration, figures.CodeMap, figures.Curves, figures.Heatmap, figures.Reconstructions, figures.Residuals, figures.Scatter, figures.Training},
		Scores:    []scores.Kind{scores.MSE, scores.MSETruth, scores.MSEMissing, scores.MSEObserved, scores.MSEMeasured, scores.MSEOracle, scores.Coverage68, scores.Coverage95, scores.ZScore, scores.MeasurementLoss},
	}
}
