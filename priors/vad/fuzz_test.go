package vad

import (
	"bytes"
	"testing"

	"sedlab/internal/safetensors"
	"sedlab/priors"
	"sedlab/priors/priortest"
)

// Any file is either refused or the state of a prior that infers.
func FuzzOpen(f *testing.F) {
	for i, ensemble := range [][]int{nil, {1, 2}} {
		c := small(ensemble)
		c.Classes = []int{1 + i}
		c.Training.Epochs, c.Search = 1, Search{Steps: 1, LR: 0.01, Samples: 2}
		p, err := c.Train(f.Context(), priortest.Data())
		if err != nil {
			f.Fatal(err)
		}
		var b bytes.Buffer
		if err := safetensors.Write(&b, p.(priors.Keeper).State()); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := safetensors.Parse(data)
		if err != nil {
			return
		}
		p, err := new(Config).Open(s)
		if err != nil {
			return
		}
		if q := p.(*Prior); len(q.groups) == 0 || q.Dim() < 1 {
			t.Fatalf("%d generators of %d fluxes", len(q.groups), q.Dim())
		}
	})
}
