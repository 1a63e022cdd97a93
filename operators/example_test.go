package operators_test

import (
	"context"
	"fmt"

	"sedlab/operators"
)

// An operator of a family measures one signal; the adjoint puts each measurement
// back in its place.
func Example() {
	config := operators.InpaintingConfig{Hiding: operators.Hiding{MissingFraction: 0.5}}
	grid := []float64{4000, 4001, 4002, 4003, 4004, 4005} // Å
	family, err := config.Family(context.Background(), grid, 7)
	if err != nil {
		fmt.Println(err)
		return
	}
	x := []float32{1, 2, 3, 4, 5, 6}
	for signal := range 3 {
		op := family(signal)
		m, n := op.Dims()
		y, back := make([]float32, m), make([]float32, n)
		op.Apply(y, x)
		op.Adjoint(back, y)
		fmt.Println(y, back)
	}
	// Output:
	// [1 5 6] [1 0 0 0 5 6]
	// [1 2 6] [1 2 0 0 0 6]
	// [4 5 6] [0 0 0 4 5 6]
}
