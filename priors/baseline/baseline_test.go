package baseline_test

import (
	"math"
	"testing"

	"sedlab/priors"
	"sedlab/priors/baseline"
	"sedlab/priors/priortest"
)

func TestContracts(t *testing.T) {
	t.Run("nearest", func(t *testing.T) { priortest.Run(t, baseline.Nearest, &baseline.NearestConfig{Neighbours: 3}) })
	for _, method := range []string{"linear", "spline"} {
		t.Run(method, func(t *testing.T) {
			priortest.Run(t, baseline.Interpolate, &baseline.InterpolateConfig{Method: method})
		})
	}
}

func TestInterpolation(t *testing.T) {
	for method, within := range map[string]float64{"linear": 0.02, "spline": 0.004} {
		p, err := (&baseline.InterpolateConfig{Method: method}).Train(t.Context(), priors.Data{Flux: make([]float32, 40), Dim: 40})
		if err != nil {
			t.Fatal(err)
		}
		op := priortest.Selection{Dim: 40}
		m := priors.Measurement{}
		value := func(i int) float64 { return 2 + math.Sin(float64(i)/8) }
		for i := 3; i < 37; i += 3 {
			op.At, m.Y = append(op.At, i), append(m.Y, float32(value(i)))
		}
		m.Op = op
		r, err := p.(priors.Inferrer).Infer(t.Context(), []priors.Measurement{m}, 0)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range r[0].X {
			if want := value(min(max(i, 3), 36)); math.Abs(float64(v)-want) > within {
				t.Errorf("%s: flux %d is %g, expected %g", method, i, v, want)
			}
		}
	}
}

func TestNearestTakesTheBestFits(t *testing.T) {
	flux := []float32{0, 0, 0, 1, 1, 1, 1.2, 1.2, 1.4, 9, 9, 9}
	p, err := (&baseline.NearestConfig{Neighbours: 2}).Train(t.Context(), priors.Data{Flux: flux, Dim: 3})
	if err != nil {
		t.Fatal(err)
	}
	m := priors.Measurement{Op: priortest.Selection{At: []int{0, 1}, Dim: 3}, Y: []float32{1.1, 1.1}}
	r, err := p.(priors.Inferrer).Infer(t.Context(), []priors.Measurement{m}, 0)
	if err != nil || math.Abs(float64(r[0].X[2])-1.2) > 1e-6 || math.Abs(float64(r[0].Sigma[2])-0.2) > 1e-6 {
		t.Errorf("got %v, error %v; expected a third flux of 1.2 ± 0.2", r, err)
	}
}
