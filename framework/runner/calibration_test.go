package runner_test

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sedlab/framework/runner"
	"sedlab/internal/record"
)

const calibrated = `
name: calibrated
dataset: {source: synthetic, size: 1000, split: {train: 0.4, validation: 0.4, test: 0.2}}
priors: {fa: {kind: factor_analysis, code_dim: 5}, pca: {kind: pca, code_dim: 4}}
problem: {operator: inpainting, missing_fraction: 0.4}
evaluate: {signals: all, keep: 0, calibrate: 300}
`

// Under evaluate.calibrate, the intervals of other signals cover what they say, one factor belongs
// to a cell, and reconstructions stay as they are. Results are the same with any number of workers.
func TestCalibrate(t *testing.T) {
	of := func(text string, workers int) (fa, pca []record.Signal) {
		t.Helper()
		result, err := execute(t, t.Context(), planOf(t, text), workers, &progress{})
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range result.Signals {
			row.Seconds = 0
			if row.Prior == "fa" {
				fa = append(fa, row)
			} else {
				pca = append(pca, row)
			}
		}
		return fa, pca
	}
	rows, without := of(calibrated, 1)
	plain, _ := of(strings.Replace(calibrated, "calibrate: 300", "calibrate: 0", 1), 2)
	sum, before := 0.0, 0.0
	for i, row := range rows {
		sum, before = sum+row.Score("coverage_68")/float64(len(rows)), before+plain[i].Score("coverage_68")/float64(len(rows))
		if !(row.SigmaScale > 0) || row.SigmaScale != rows[0].SigmaScale || !math.IsNaN(plain[i].SigmaScale) {
			t.Fatalf("signal %d: factor %g, and %g without calibration", row.SignalID, row.SigmaScale, plain[i].SigmaScale)
		}
		if row.Score("mse") != plain[i].Score("mse") {
			t.Fatalf("signal %d: calibration changed the reconstruction", row.SignalID)
		}
		if z := row.Score("z_score") * row.SigmaScale / plain[i].Score("z_score"); math.Abs(z-1) > 1e-4 {
			t.Fatalf("signal %d: z is %g times what the factor makes of it", row.SignalID, z)
		}
	}
	if len(rows) < 150 || math.Abs(sum-0.6827) > 0.04 {
		t.Errorf("68 %% intervals cover %.3f of the hidden fluxes of %d signals; %.3f before", sum, len(rows), before)
	}
	for _, row := range without {
		if !math.IsNaN(row.SigmaScale) {
			t.Fatalf("factor %g for a prior without deviations", row.SigmaScale)
		}
	}
	again, _ := of(calibrated, 4)
	if diff := cmp.Diff(rows, again, cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("the number of workers changes the results (-1 +4):\n%s", diff)
	}
}

// Where the noise-free signals are unknown, the factor is about the same as where they are known,
// though the noise is larger than the errors.
func TestCalibrateAgainstNoise(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long")
	}
	factorsOf := func(source string) map[float64]float64 {
		text := strings.NewReplacer("source: synthetic", "source: "+source, ", pca: {kind: pca, code_dim: 4}", "", "missing_fraction: 0.4", "", "signals: all", "signals: 1").Replace(calibrated)
		result, err := execute(t, t.Context(), planWith(t, text+"sweep: {problem.missing_fraction: [0.2, 0.5, 0.8]}\n"), 2, &progress{})
		if err != nil {
			t.Fatal(err)
		}
		factors := map[float64]float64{}
		for _, row := range result.Signals {
			factors[row.MissingFraction] = row.SigmaScale
		}
		return factors
	}
	known, unknown := factorsOf("synthetic"), factorsOf("untrue")
	if len(known) != 3 {
		t.Fatalf("factors %v", known)
	}
	for missing := range known {
		if ratio := unknown[missing] / known[missing]; !(ratio >= 0.75 && ratio <= 1.33) {
			t.Errorf("%g missing: factor %g without the noise-free signals, %g with them", missing, unknown[missing], known[missing])
		}
	}
}

func TestCalibrateNeedsSignals(t *testing.T) {
	few := strings.Replace(calibrated, "size: 1000, split: {train: 0.4, validation: 0.4, test: 0.2}", "size: 100, split: {train: 0.9, validation: 0.0001, test: 0.08}", 1)
	_, err := runner.Load(t.Context(), planOf(t, few), openCache(t, t.TempDir()), nil, &progress{})
	if err == nil || !strings.Contains(err.Error(), "evaluate.calibrate: the split has no validation signals") {
		t.Errorf("error %v", err)
	}
}
