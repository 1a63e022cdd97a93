package catalog_test

import (
	"fmt"

	"sedlab/catalog"
)

// A spec that names no source and no solver has the first ones.
func ExampleDefault() {
	c := catalog.Default()
	fmt.Println(c.Sources[0].Name + ": " + c.Sources[0].Doc)
	fmt.Println(c.Solvers[0].Name + ": " + c.Solvers[0].Doc)
	// Output:
	// synthetic: Galaxy spectra made from physics: stars, dust, gas and noise; any size, from a seed.
	// projection: minimises ‖A G(z) − y‖²/m with z on the unit sphere (paper, eq. 3); plain least squares for affine priors
}
