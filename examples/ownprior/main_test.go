package main

import (
	"testing"

	"sedlab/priors/priortest"
)

// The contract of sedlab's own priors holds for those from elsewhere.
func TestContract(t *testing.T) { priortest.Run(t, cosines, &config{Terms: 5}) }
