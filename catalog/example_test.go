package catalog_test

import (
	"fmt"

	"sedlab/catalog"
)

func ExampleDefault() {
	c := catalog.Default()
	for _, k := range c.Operators {
		fmt.Println(k.Name + ": " + k.Doc)
	}
	// Output:
	// inpainting: hides one continuous window of fluxes, at a random place for each signal
	// super_resolution: hides fluxes chosen at random throughout the signal, for each signal anew
	// denoising: measures every flux; only the noise is to be removed
	// compressed_sensing: takes (1 - missing_fraction)·n Gaussian random projections, entries N(0, 1/m)
}
