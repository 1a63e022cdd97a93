package scores_test

import (
	"fmt"
	"math"

	"sedlab/reports/scores"
)

// Your own score is a column of signals.parquet. Specs can name it like
// any other once it is in the catalogue.
func ExampleKind() {
	worst := scores.Kind{
		Column: scores.Column{
			Name: "worst", Title: "largest error", Unit: "flux", Role: scores.Error,
			Doc: "the largest |x̂ − x| of all fluxes",
		},
		Version: 1,
		Score: func(c scores.Case) (most float64) {
			for i, x := range c.Truth {
				most = max(most, math.Abs(float64(c.Estimate[i]-x)))
			}
			return most
		},
	}
	fmt.Println(worst.Score(scores.Case{Truth: []float32{1, 2, 3}, Estimate: []float32{1, 2.5, 2}}))
	// Output:
	// 1
}
