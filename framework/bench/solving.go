package bench

import (
	"context"
	"slices"
	"sync"
	"time"

	"sedlab/internal/nn"
	"sedlab/internal/rng"
	"sedlab/operators"
	"sedlab/priors"
	"sedlab/priors/glo"
	"sedlab/solvers"
)

// The problem of the solver's task.
const (
	signals    = 100
	missing    = 0.4
	iterations = 4
)

// iteration returns the task of one iteration of the projection solver on the signals of
// a cell. As in a run, workers take tiles from a sweep, here of one cell per worker, and
// the time is divided by the number of cells. A search of k iterations generates signals
// twice more at its end, which is as much work as another iteration, so a trial counts
// as k+1 iterations.
func iteration(ms []solvers.Measurement, workers int) *task {
	net := nn.New(nn.Config{In: codeDim, Hidden: hidden, Out: fluxes, BatchNorm: true, Slope: slope}, rng.New(0, "bench/network"))
	prior := glo.New(glo.Model{Net: net, Mean: make([]float32, fluxes), Scale: 1})
	return &task{flops: 4 * signals * float64(weights), repeat: 1, trial: func(ctx context.Context) (time.Duration, error) {
		start := time.Now()
		err := solveTiles(ctx, prior, ms, workers)
		return time.Since(start) / time.Duration((iterations+1)*workers), err
	}}
}

// inpainting returns measurements of white noise with a window hidden.
func inpainting() ([]solvers.Measurement, error) {
	problem := operators.InpaintingConfig{Hiding: operators.Hiding{MissingFraction: missing}}
	family, err := problem.Family(context.Background(), make([]float64, fluxes), 0)
	if err != nil {
		return nil, err
	}
	ms := make([]solvers.Measurement, signals)
	for i := range ms {
		op := family(i)
		m, _ := op.Dims()
		ms[i] = solvers.Measurement{Signal: i, Op: op, Y: noise(m)}
	}
	return ms, nil
}

// solveTiles solves the measurements once per worker, tile by tile, on all workers.
func solveTiles(ctx context.Context, prior *glo.Prior, ms []solvers.Measurement, workers int) error {
	method := &solvers.ProjectionConfig{Adam: solvers.Adam{Steps: iterations, LR: 0.01, Schedule: "constant", Restarts: 1}}
	tiles := make(chan []solvers.Measurement, len(ms)*workers)
	for range workers {
		for tile := range slices.Chunk(ms, method.Tile()) {
			tiles <- tile
		}
	}
	close(tiles)
	var group sync.WaitGroup
	errs := make(chan error, workers)
	for range workers {
		group.Go(func() {
			for tile := range tiles {
				if _, err := solvers.Solve(ctx, method, priors.Scaled{Prior: prior, Unit: 1}, tile, 0); err != nil {
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
