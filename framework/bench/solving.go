package bench

import (
	"context"
	"slices"
	"sync"
	"time"

	"sedlab/framework/solve"
	"sedlab/internal/nn"
	"sedlab/internal/rng"
	"sedlab/operators"
	"sedlab/priors/glo"
)

// The problem of the solver's task.
const (
	signals    = 100
	missing    = 0.4
	iterations = 4
)

// iteration is the task of one iteration of the projection solver on a cell's
// signals, in a sweep of as many cells as workers: tiles are dealt to the workers
// as a run does, and a cell's share of the time counts. A search of k iterations
// generates signals twice more at its end, which is the work of one iteration,
// so that a trial is k+1 of them.
func iteration(workers int) (*task, error) {
	net := nn.New(nn.Config{In: codeDim, Hidden: hidden, Out: fluxes, BatchNorm: true, Slope: slope}, rng.New(0, "bench/network"))
	prior := glo.New(glo.Model{Net: net, Mean: make([]float32, fluxes), Scale: 1})
	problems, err := inpainting()
	if err != nil {
		return nil, err
	}
	s := solve.Settings{Method: "projection", Steps: iterations, LR: 0.01, Schedule: "constant", Restarts: 1}
	one := func(ctx context.Context) (time.Duration, error) {
		start := time.Now()
		if err := solveTiles(ctx, prior, problems, s, workers); err != nil {
			return 0, err
		}
		return time.Since(start) / time.Duration((iterations+1)*workers), nil
	}
	return &task{flops: 4 * signals * float64(weights), repeat: 1, trial: one}, nil
}

// inpainting returns measurements of white noise with a window hidden.
func inpainting() ([]solve.Problem, error) {
	family, err := operators.New("inpainting", operators.Params{N: fluxes, MissingFraction: missing})
	if err != nil {
		return nil, err
	}
	r := rng.New(0, "bench/measurements")
	problems := make([]solve.Problem, signals)
	for i := range problems {
		op := family(i)
		m, _ := op.Dims()
		y := make([]float32, m)
		for j := range y {
			y[j] = float32(r.NormFloat64())
		}
		problems[i] = solve.Problem{Signal: i, Op: op, Y: y}
	}
	return problems, nil
}

// solveTiles solves the problems as often as there are workers, tile by tile, on
// workers at once.
func solveTiles(ctx context.Context, prior *glo.Prior, problems []solve.Problem, s solve.Settings, workers int) error {
	tiles := make(chan []solve.Problem, len(problems)*workers)
	for range workers {
		for tile := range slices.Chunk(problems, s.TileSignals()) {
			tiles <- tile
		}
	}
	close(tiles)
	var group sync.WaitGroup
	errs := make(chan error, workers)
	for range workers {
		group.Go(func() {
			for tile := range tiles {
				if _, err := solve.Solve(ctx, prior, tile, s); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	group.Wait()
	close(errs)
	return <-errs
}
