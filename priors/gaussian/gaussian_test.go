package gaussian_test

import (
	"testing"

	"sedlab/priors/gaussian"
	"sedlab/priors/priortest"
)

func TestContracts(t *testing.T) {
	t.Run("mean", func(t *testing.T) { priortest.Run(t, gaussian.Mean, &gaussian.MeanConfig{Weights: weights}) })
	t.Run("ppca", func(t *testing.T) { priortest.Run(t, gaussian.PPCA, &gaussian.PPCAConfig{Factors: factors}) })
	t.Run("factor analysis", func(t *testing.T) {
		priortest.Run(t, gaussian.FactorAnalysis, &gaussian.FactorAnalysisConfig{Factors: factors})
	})
	t.Run("mixture", func(t *testing.T) {
		priortest.Run(t, gaussian.Mixture, &gaussian.MixtureConfig{Components: 2, Factors: factors})
	})
}

var (
	weights = gaussian.Weights{Using: "all"}
	factors = gaussian.Factors{CodeDim: 3, Weights: weights, Iterations: 50, Tolerance: 0.001}
)
