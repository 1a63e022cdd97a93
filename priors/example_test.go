package priors_test

import (
	"context"
	"fmt"

	"sedlab/priors"
	"sedlab/priors/pca"
)

// A prior is trained on signals, one a row. What it can do is asked by its type.
func Example() {
	flux := []float32{
		0, 2,
		1, 1,
		2, 0,
	}
	prior, err := (&pca.Config{CodeDim: 1}).Train(context.Background(), priors.Data{Flux: flux, Dim: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	switch p := prior.(type) {
	case priors.Affine:
		fmt.Println("mean", p.Mean())
		fmt.Printf("basis %.2f\n", p.Basis())
	case priors.Generator:
		fmt.Println("codes of length", p.CodeDim())
	}
	// Output:
	// mean [1 1]
	// basis [1.00 -1.00]
}
