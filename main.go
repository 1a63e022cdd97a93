// Sedlab runs declarative, tracked experiments on inverse problems for galaxy spectra.
package main

import (
	"os"

	"sedlab/framework/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:], os.Stdout, os.Stderr)) }
