package cli_test

import (
	"fmt"
	"math"
	"os"

	"sedlab/catalog"
	"sedlab/framework/cli"
	"sedlab/reports/scores"
)

// worst is a user's own score: the largest error of a flux.
var worst = scores.Kind{
	Column:  scores.Column{Name: "worst", Title: "largest error", Unit: "flux", Role: scores.Error, Doc: "the largest |x̂ − x|"},
	Version: 1,
	Score: func(c scores.Case) (most float64) {
		for i, x := range c.Truth {
			most = max(most, math.Abs(float64(c.Estimate[i]-x)))
		}
		return most
	},
}

// A program with its own kinds appends them to the catalogue; its commands
// then know them like any other. The folder examples has whole ones.
func Example() {
	c := catalog.Default()
	c.Scores = append(c.Scores, worst)
	args := []string{"check", "quickstart", "--set", "report=[{figure: boxplot, x: prior, y: worst}]"} // in a main, os.Args[1:]
	fmt.Println("exit code", cli.Main(c, args, os.Stdout, os.Stderr))                                  // in a main, os.Exit(…)
	// Output:
	// quickstart: ok, 137 cells, 4 trainings
	// exit code 0
}
