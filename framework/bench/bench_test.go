package bench_test

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"testing"

	"sedlab/framework/bench"
	"sedlab/priors"
	"sedlab/priors/glo"
	"sedlab/priors/vad"
	"sedlab/priors/zero"
)

// keys are what programs read from sedlab bench --json.
var keys = []string{
	"fma_peak_gflops_1t", "fma_peak_gflops", "gemm_forward_gflops_1t", "gemm_forward_gflops", "gemm_dx_gflops",
	"gemm_dw_gflops", "glo_step_ms_1t", "glo_step_ms", "glo_step_peak_share", "solver_iteration_ms",
}

func TestRunMeasuresEverything(t *testing.T) {
	r, err := bench.Run(t.Context(), 2, 0)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		if v, _ := got[key].(float64); !(v > 0) || math.IsInf(v, 0) {
			t.Errorf("%s is %v", key, got[key])
		}
	}
	if got["kernel"] == "" || got["workers"] != 2. {
		t.Errorf("kernel %q, %v workers", got["kernel"], got["workers"])
	}
	const flops = 6 * 64 * (50*512 + 6*512*512 + 512*1000)
	if share := flops / (r.StepMS * 1e6) / r.FMAPeak; math.Abs(share/r.StepPeakShare-1) > 1e-6 {
		t.Errorf("a step of %g ms is %g of the peak; got %g", r.StepMS, share, r.StepPeakShare)
	}
}

func TestRunCanBeCalledOff(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := bench.Run(ctx, 1, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("%v after cancelling", err)
	}
}

func TestRate(t *testing.T) {
	c := &glo.Config{CodeDim: 3, Hidden: []int{8}, BatchNorm: true, Training: glo.Training{
		Epochs: 10, BatchSize: 64, LRGenerator: 1e-3, LRCodes: 1e-2, Schedule: "constant",
	}}
	if rate, err := bench.Rate(t.Context(), c, 20, 1); err != nil || !(rate > 0) {
		t.Errorf("%v operations a second, %v", rate, err)
	}
	v := &vad.Config{CodeDim: 3, Classes: []int{1, 2}, Hidden: []int{8}, InitFrom: "x", Training: vad.Training{
		Epochs: 10, BatchSize: 64, LRGenerator: 1e-3, LRCodes: 1e-2, Validation: priors.Validation{Every: 2, MissingFraction: 0.4, Signals: 9},
	}}
	c.Training.Validation = v.Training.Validation
	for _, c := range []priors.Coster{c, v} { // neither has the validation signals or the file that it asks for
		if rate, err := bench.Rate(t.Context(), c.Cost(100, 20).Network, 20, 1); err != nil || !(rate > 0) {
			t.Errorf("%T: %v operations a second, %v", c, rate, err)
		}
	}
	c.Training.Validation = priors.Validation{}
	if _, err := bench.Rate(t.Context(), new(zero.Config), 20, 1); err == nil {
		t.Error("a prior without a cost has a rate")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := bench.Rate(ctx, c, 20, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("%v after cancelling", err)
	}
}
