package gaussian_test

import (
	"bytes"
	"testing"

	"sedlab/internal/safetensors"
	"sedlab/priors"
	"sedlab/priors/gaussian"
	"sedlab/priors/priortest"
)

// Any file is either refused or the state of a mixture that infers.
func FuzzOpenMixture(f *testing.F) {
	p, err := (&gaussian.MixtureConfig{Components: 2, Factors: factors}).Train(f.Context(), priortest.Data())
	if err != nil {
		f.Fatal(err)
	}
	var b bytes.Buffer
	if err := safetensors.Write(&b, p.(priors.Keeper).State()); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := safetensors.Parse(data)
		if err != nil {
			return
		}
		p, err := new(gaussian.MixtureConfig).Open(s)
		if err != nil {
			return
		}
		x := p.(*gaussian.MixturePrior)
		m := priors.Measurement{Op: priortest.Selection{At: []int{0}, Dim: x.Dim()}, Y: []float32{1}}
		if got, err := x.Infer(t.Context(), []priors.Measurement{m}, 0); err != nil || len(got[0].X) != x.Dim() {
			t.Fatalf("a prior of %d fluxes infers %d, error %v", x.Dim(), len(got), err)
		}
	})
}
