// Ownoperator is sedlab with one more operator: what a spectrograph of a lower
// resolution records of a spectrum.
//
//	go run . run resolution.yaml
package main

import (
	"os"

	"sedlab/catalog"
	"sedlab/framework/cli"
)

func main() {
	c := catalog.Default()
	c.Operators = append(c.Operators, spectrograph)
	os.Exit(cli.Main(c, os.Args[1:], os.Stdout, os.Stderr))
}
