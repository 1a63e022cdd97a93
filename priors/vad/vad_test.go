package vad

import (
	"testing"

	"sedlab/priors/priortest"
)

func TestContract(t *testing.T) {
	for name, ensemble := range map[string][]int{"one": nil, "ensemble": {2, 3}} {
		t.Run(name, func(t *testing.T) { priortest.Run(t, Kind, small(ensemble)) })
	}
}

func small(ensemble []int) *Config {
	return &Config{
		CodeDim: 3, Ensemble: ensemble, Hidden: []int{16, 16}, Slope: 0.2,
		Training: Training{Epochs: 20, BatchSize: 16, LRGenerator: 0.003, LRCodes: 0.01, Fluxes: "all"},
		Search:   Search{Steps: 100, LR: 0.03, Samples: 64},
	}
}
