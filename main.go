// Sedlab runs declarative, tracked experiments on inverse problems for galaxy
// spectra: see README.md.
package main

import (
	"os"

	"sedlab/catalog"
	"sedlab/framework/cli"
)

func main() { os.Exit(cli.Main(catalog.Default(), os.Args[1:], os.Stdout, os.Stderr)) }
