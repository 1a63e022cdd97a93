package solvers_test

import (
	"context"
	"fmt"

	"sedlab/operators"
	"sedlab/priors"
	"sedlab/priors/pca"
	"sedlab/solvers"
)

// A signal of which half was hidden is found from the other half and a prior that
// has seen ones like it.
func Example() {
	ctx := context.Background()
	flux := []float32{
		0, 1, 2, 3,
		3, 2, 1, 0,
		1, 1, 1, 1,
	}
	prior, err := (&pca.Config{CodeDim: 2}).Train(ctx, priors.Data{Flux: flux, Dim: 4})
	if err != nil {
		fmt.Println(err)
		return
	}
	half := operators.InpaintingConfig{Hiding: operators.Hiding{MissingFraction: 0.5}}
	family, err := half.Family(context.Background(), []float64{4000, 4001, 4002, 4003}, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	m := solvers.Measurement{Signal: 5, Op: family(5), Y: make([]float32, 2)}
	m.Op.Apply(m.Y, []float32{2, 3, 4, 5})
	estimates, err := solvers.Solve(ctx, new(solvers.ProjectionConfig), priors.Scaled{Prior: prior, Unit: 1}, []solvers.Measurement{m}, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%v: from %v to %.2f\n", estimates[0].Status, m.Y, estimates[0].X)
	// Output:
	// ok: from [2 3] to [2.00 3.00 4.00 5.00]
}
