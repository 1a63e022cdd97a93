package record_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sedlab/internal/record"
	"sedlab/internal/record/recordtest"
)

// signals returns rows with every value that can be hard to store.
func signals(n int) []record.Signal {
	nan, odd := math.NaN(), math.Nextafter(0.1, 1)
	rows := make([]record.Signal, n)
	for i := range rows {
		rows[i] = record.Signal{
			RunID: "figure2a-20260101-000000-0011aabb", CellID: fmt.Sprintf("c%d", i%3), Prior: "glo",
			PriorHash: "ab", Operator: "inpainting", Method: "projection", Lambda: nan, Split: "test",
			SignalID: int64(i), Level: 0.4, MissingFraction: 0.4, NoiseL2: odd, Norm: 1e44, Seed: math.MaxUint64 - uint64(i),
			Scores: []record.Score{
				{Name: "mse", Value: odd * float64(i)}, {Name: "mse_missing", Value: nan}, {Name: "mse_observed", Value: math.Inf(1)},
				{Name: "mse_measured", Value: math.SmallestNonzeroFloat64}, {Name: "measurement_loss", Value: math.Copysign(0, -1)},
			},
			Iterations: math.MaxInt32, Converged: i%2 == 0,
			Status: record.StatusOK, Seconds: 0.25,
			Sweep: map[string]any{"priors.glo.code_dim": 50, "flag": true, "mixed": "a", "list": []int{512, 512}},
		}
	}
	if n > 1 {
		rows[1].Sweep = map[string]any{"priors.glo.code_dim": 1e-5, "mixed": 3, "flag": false}
		rows[1].Status = "diverged: λ too small"
	}
	return rows
}

// stored returns rows as they come back: sweep values as plain types.
func stored(rows []record.Signal) []record.Signal {
	for i := range rows {
		rows[i].Sweep = map[string]any{
			"priors.glo.code_dim": 50.0, "flag": true, "mixed": "a", "list": "[512,512]"}
	}
	if len(rows) > 1 {
		rows[1].Sweep = map[string]any{"priors.glo.code_dim": 1e-5, "mixed": "3", "flag": false}
	}
	return rows
}

// bits compares floats by their bits, except that every NaN means "no value".
var bits = cmp.Options{
	cmp.Comparer(func(a, b float64) bool {
		return math.Float64bits(a) == math.Float64bits(b) || math.IsNaN(a) && math.IsNaN(b)
	}),
	cmp.Comparer(func(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) }),
	cmpopts.EquateEmpty(),
}

func TestSignalsComeBackBitForBit(t *testing.T) {
	for _, n := range []int{0, 1, 2, 63, 64, 65, 1000} {
		path := filepath.Join(t.TempDir(), "signals.parquet")
		if err := recordtest.Write(path, signals(n)); err != nil {
			t.Fatal(err)
		}
		got, err := recordtest.Read[record.Signal](path)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(stored(signals(n)), got, bits); d != "" {
			t.Errorf("%d rows (-want +got):\n%s", n, d)
		}
	}
}

func TestTrainingComesBackBitForBit(t *testing.T) {
	want := []record.Training{
		{Prior: "glo", PriorHash: "ab", Epoch: 1, Loss: 0.3, Seconds: 0.1, LRGenerator: 0.1, LRCodes: 0.01},
		{Prior: "pca", Epoch: 2, Loss: math.NaN(), LRGenerator: math.NaN(), LRCodes: math.NaN()},
	}
	path := filepath.Join(t.TempDir(), "training.parquet")
	if err := recordtest.Write(path, want); err != nil {
		t.Fatal(err)
	}
	got, err := recordtest.Read[record.Training](path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got, bits); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestExamplesComeBackBitForBit(t *testing.T) {
	nan := float32(math.Float32frombits(0x7fc00123))
	want := []record.Example{
		{
			CellID: "a", Prior: "glo", Operator: "inpainting", Method: "projection", Split: "test", SignalID: 7,
			MissingFraction: 0.4, NoiseL2: 0, Wavelength: []float64{3162.5, 3165.5, 3168.125},
			Truth: []float32{1, 2, 3}, Measurement: []float32{1, nan, 3}, Reconstruction: []float32{1, 2.5, 3},
			Observed: []bool{true, false, true}, Infilled: []bool{false, false, true}, Code: []float32{0.5, nan}, RunID: "r", Sweep: map[string]any{"x": 1.0},
		},
		{CellID: "b", Operator: "compressed_sensing", Wavelength: []float64{1}, Truth: []float32{1}, Reconstruction: []float32{2},
			Measurement: []float32{3, 4}, MeasurementWavelength: []float64{1, 1.5}},
		{CellID: "c"},
	}
	path := filepath.Join(t.TempDir(), "examples.parquet")
	if err := recordtest.Write(path, want); err != nil {
		t.Fatal(err)
	}
	got, err := recordtest.Read[record.Example](path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got, bits); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestValueByColumn(t *testing.T) {
	s := signals(1)[0]
	tests := []struct {
		column string
		want   any
		ok     bool
	}{
		{"prior", "glo", true}, {"mse_missing", nil, true}, {"noise_l2", s.NoiseL2, true},
		{"iterations", float64(math.MaxInt32), true}, {"converged", true, true},
		{"sweep.priors.glo.code_dim", 50.0, true}, {"sweep.list", "[512,512]", true},
		{"sweep.other", nil, false}, {"other", nil, false},
	}
	for _, tt := range tests {
		if got, ok := s.Value(tt.column); got != tt.want || ok != tt.ok {
			t.Errorf("%s: got %v, %v; want %v, %v", tt.column, got, ok, tt.want, tt.ok)
		}
	}
	for _, column := range s.Columns() {
		if _, ok := s.Value(column); !ok {
			t.Errorf("%s is a column without a value", column)
		}
	}
}

func TestReadNamesFileAndColumn(t *testing.T) {
	dir := t.TempDir()
	training := filepath.Join(dir, "training.parquet")
	if err := recordtest.Write(training, []record.Training{{Prior: "glo"}}); err != nil {
		t.Fatal(err)
	}
	examples := filepath.Join(dir, "examples.parquet")
	if err := recordtest.Write(examples, []record.Example{{CellID: "a"}}); err != nil {
		t.Fatal(err)
	}
	text := filepath.Join(dir, "text.parquet")
	if err := os.WriteFile(text, []byte("this is not a Parquet file at all"), 0o666); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		path string
		want string
	}{
		{filepath.Join(dir, "missing.parquet"), "no such file"},
		{training, `column "run_id": missing`},
		{examples, `column "prior_hash": missing`},
		{text, "not Parquet"},
	}
	for _, tt := range tests {
		_, err := recordtest.Read[record.Signal](tt.path)
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), tt.path) {
			t.Errorf("got %v; want an error with %q that names %s", err, tt.want, tt.path)
		}
	}
}
