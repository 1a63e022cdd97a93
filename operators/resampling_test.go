package operators_test

import (
	"context"
	"math"
	"slices"
	"testing"

	"sedlab/internal/rebin"
	"sedlab/operators"
	"sedlab/operators/operatortest"
)

// resampled measures signals on every third wavelength, so that the contract tests Resampling.
type resampled struct{}

func (resampled) Check(grid []float64) []operators.KeyError {
	if len(grid) > 0 && len(grid) < 6 {
		return []operators.KeyError{{Problem: "too few fluxes"}}
	}
	return nil
}

func (resampled) Propagates() {}
func (resampled) Seedless()   {}

func (resampled) Family(_ context.Context, grid []float64, _ uint64) (operators.Family, error) {
	op, _, err := thirds(grid)
	return func(int) operators.Operator { return op }, err
}

func thirds(grid []float64) (*operators.Resampling, *rebin.Matrix, error) {
	var to []float64
	var rows []int
	for i := 0; i < len(grid); i += 3 {
		rows, to = append(rows, len(to)), append(to, grid[i])
	}
	m, err := rebin.New(grid, to)
	if err != nil {
		return nil, nil, err
	}
	return operators.NewResampling(m, rows[1:], to), m, nil
}

func TestResampling(t *testing.T) {
	kind := operators.Kind{Name: "resampled", Doc: "Averages fluxes.", Version: 1, New: func() operators.Config { return new(resampled) }}
	operatortest.Suite(t, kind, kind.New())
	grid := operatortest.Grid(50)
	op, m, err := thirds(grid)
	if err != nil {
		t.Fatal(err)
	}
	x, wide := make([]float32, 50), make([]float64, 50)
	for i := range x {
		x[i] = float32(math.Sin(float64(i)))
		wide[i] = float64(x[i])
	}
	rows, _ := m.Dims()
	got, want := make([]float32, rows-1), make([]float64, rows)
	op.Apply(got, x)
	rebin.Apply(m, want, wide)
	for j, v := range got {
		if math.Abs(float64(v)-want[j+1]) > 1e-6 {
			t.Errorf("measurement %d is %g, expected the mean %g", j, v, want[j+1])
		}
	}
	if lambda := op.Wavelengths(); !slices.Equal(lambda[:2], []float64{grid[3], grid[6]}) {
		t.Errorf("wavelengths %v", lambda)
	}
}
