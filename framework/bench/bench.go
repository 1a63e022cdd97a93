// Package bench measures how fast this machine trains and reconstructs, compared with the
// rate of its multiply-adds, which nothing can exceed.
package bench

import (
	"context"
	"time"

	"sedlab/internal/f32"
	"sedlab/internal/machine"
	"sedlab/internal/nn"
	"sedlab/internal/team"
)

// The reference: the paper's setting at widths of 512.
const (
	codeDim = 50
	width   = 512
	fluxes  = 1000
	batch   = 64
	slope   = 0.2
)

var (
	hidden  = []int{width, width, width, width, width, width, width}
	weights = nn.Config{In: codeDim, Hidden: hidden, Out: fluxes}.Weights()
)

// Result holds the measurements on one thread (1T) and on Workers threads. Rates are in
// GFLOP/s. Peak shares are relative to the rate of multiply-adds on as many threads.
type Result struct {
	CPU     string `json:"cpu"`
	Kernel  string `json:"kernel"`
	Workers int    `json:"workers"`

	FMAPeak1T     float64 `json:"fma_peak_gflops_1t"`
	FMAPeak       float64 `json:"fma_peak_gflops"`
	GemmForward1T float64 `json:"gemm_forward_gflops_1t"`
	GemmForward   float64 `json:"gemm_forward_gflops"`
	GemmDX1T      float64 `json:"gemm_dx_gflops_1t"`
	GemmDX        float64 `json:"gemm_dx_gflops"`
	GemmDW1T      float64 `json:"gemm_dw_gflops_1t"`
	GemmDW        float64 `json:"gemm_dw_gflops"`

	StepMS1T             float64 `json:"glo_step_ms_1t"`
	StepMS               float64 `json:"glo_step_ms"`
	StepPeakShare1T      float64 `json:"glo_step_peak_share_1t"`
	StepPeakShare        float64 `json:"glo_step_peak_share"`
	IterationMS1T        float64 `json:"solver_iteration_ms_1t"`
	IterationMS          float64 `json:"solver_iteration_ms"`
	IterationPeakShare1T float64 `json:"solver_iteration_peak_share_1t"`
	IterationPeakShare   float64 `json:"solver_iteration_peak_share"`
}

// Busy reports whether other work slowed the threads down: together they reached less
// than four fifths of Workers times the rate of one thread.
func (r *Result) Busy() bool { return r.FMAPeak < 0.8*float64(r.Workers)*r.FMAPeak1T }

// pair is the same task on one thread and on all workers.
type pair struct{ one, all *task }

// Run measures on the given number of workers, for about the given time.
func Run(ctx context.Context, workers int, limit time.Duration) (*Result, error) {
	single, all := team.New(1), team.New(workers)
	defer single.Close()
	defer all.Close()
	var tasks []*task
	both := func(one, all *task) pair {
		tasks = append(tasks, one, all)
		return pair{one, all}
	}
	gemm := func(kind func(layer) team.Work) pair { return both(products(single, kind), products(all, kind)) }
	peak := both(fma(single), fma(all))
	forward, dx, dw := gemm(layer.forward), gemm(layer.inputGrad), gemm(layer.weightGrad)
	train := both(step(1), step(workers))
	ms, err := inpainting()
	if err != nil {
		return nil, err
	}
	search := both(iteration(ms, 1), iteration(ms, workers))
	if err := measure(ctx, limit, tasks); err != nil {
		return nil, err
	}
	share := func(t, peak *task) float64 { return t.gflops() / peak.gflops() }
	return &Result{
		CPU: machine.CPU(), Kernel: f32.Kernel(), Workers: workers,
		FMAPeak1T: peak.one.gflops(), FMAPeak: peak.all.gflops(),
		GemmForward1T: forward.one.gflops(), GemmForward: forward.all.gflops(),
		GemmDX1T: dx.one.gflops(), GemmDX: dx.all.gflops(),
		GemmDW1T: dw.one.gflops(), GemmDW: dw.all.gflops(),
		StepMS1T: train.one.ms(), StepMS: train.all.ms(),
		StepPeakShare1T: share(train.one, peak.one), StepPeakShare: share(train.all, peak.all),
		IterationMS1T: search.one.ms(), IterationMS: search.all.ms(),
		IterationPeakShare1T: share(search.one, peak.one), IterationPeakShare: share(search.all, peak.all),
	}, nil
}
