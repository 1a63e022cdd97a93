package datasets_test

import (
	"testing"

	"sedlab/datasets"
	"sedlab/datasets/datasettest"
)

func TestSources(t *testing.T) {
	for _, test := range []struct {
		kind   datasets.Kind
		config datasets.Config
	}{
		{datasets.Synthetic, &datasets.SyntheticConfig{Signals: 20}},
		{datasets.SDSSCorrected, &datasets.SDSSCorrectedConfig{Path: writeArchive(t, astroMLArchive())}},
		{datasets.NPZ, &datasets.NPZConfig{Path: writeArchive(t, plainArchive())}},
	} {
		t.Run(test.kind.Name, func(t *testing.T) { datasettest.Source(t, test.kind, test.config) })
	}
}

func TestSteps(t *testing.T) {
	for _, test := range []struct {
		kind datasets.StepKind
		step datasets.Step
	}{
		{datasets.Crop, &datasets.CropConfig{From: new(4500.0), To: new(6000.0)}},
		{datasets.IterativePCA, &datasets.IterativePCAConfig{Components: 3, Iterations: 5}},
		{datasets.EMPCA, &datasets.EMPCAConfig{Components: 4, Iterations: 5, Robust: true}},
		{datasets.EMPCA, &datasets.EMPCAConfig{Components: 4, Iterations: 5}},
	} {
		t.Run(test.kind.Name, func(t *testing.T) { datasettest.Step(t, test.kind, test.step) })
	}
}
