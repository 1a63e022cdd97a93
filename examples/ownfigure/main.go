// Ownfigure is sedlab with one more figure: the distribution of a score, as curves
// of how many signals reach it.
//
//	go run . run distributions.yaml
package main

import (
	"os"

	"sedlab/catalog"
	"sedlab/framework/cli"
)

func main() {
	c := catalog.Default()
	c.Figures = append(c.Figures, ecdf)
	os.Exit(cli.Main(c, os.Args[1:], os.Stdout, os.Stderr))
}
