package datasets_test

import (
	"slices"
	"testing"

	"sedlab/datasets"
	"sedlab/datasets/datasettest"
)

func TestCrop(t *testing.T) {
	for _, test := range []struct {
		name     string
		from, to *float64
		want     []float64
	}{
		{"both ends included", new(4050.0), new(4150.0), []float64{4050, 4100, 4150}},
		{"between wavelengths", new(4051.0), new(4149.0), []float64{4100}},
		{"from alone", new(6850.0), nil, []float64{6850, 6900, 6950}},
		{"to alone", nil, new(4050.0), []float64{4000, 4050}},
	} {
		t.Run(test.name, func(t *testing.T) {
			data := datasettest.Data()
			out, err := (&datasets.CropConfig{From: test.from, To: test.to}).Apply(t.Context(), data, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			lo := slices.Index(data.Wavelength, test.want[0])
			hi := lo + len(test.want)
			if !slices.Equal(out.Wavelength, test.want) || !slices.Equal(out.Signal(5), data.Signal(5)[lo:hi]) ||
				!slices.Equal(out.InfilledRow(5), data.InfilledRow(5)[lo:hi]) {
				t.Errorf("signal 5 is %v at %v", out.Signal(5), out.Wavelength)
			}
		})
	}
}

func TestCropLeavesSomething(t *testing.T) {
	for _, c := range []datasets.CropConfig{{From: new(6951.0)}, {To: new(3999.0)}, {From: new(4001.0), To: new(4049.0)}} {
		_, err := c.Apply(t.Context(), datasettest.Data(), nil, 0)
		wantInputError(t, err, "dataset test: crop leaves no flux; the wavelengths are 4000.0 to 6950.0 Å")
	}
}

func TestCropCheck(t *testing.T) {
	for _, test := range []struct {
		step datasets.CropConfig
		want datasets.KeyError
	}{
		{datasets.CropConfig{}, datasets.KeyError{Problem: "crops nothing; expected from, to or both"}},
		{datasets.CropConfig{From: new(5000.0), To: new(5000.0)}, datasets.KeyError{Key: "to", Problem: "got 5000; expected more than from, 5000"}},
	} {
		if errs := test.step.Check(0); len(errs) != 1 || errs[0] != test.want {
			t.Errorf("got %v, expected %v", errs, test.want)
		}
	}
}
