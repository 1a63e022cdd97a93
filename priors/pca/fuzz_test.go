package pca_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sedlab/internal/safetensors"
	"sedlab/priors"
	"sedlab/priors/pca"
)

// Any file is either refused or the state of a prior, whole.
func FuzzOpen(f *testing.F) {
	data := priors.Data{Flux: []float32{1, 2, 3, 5, 8, 13}, Dim: 2}
	prior, err := (&pca.Config{CodeDim: 1}).Train(f.Context(), data)
	if err != nil {
		f.Fatal(err)
	}
	state := prior.(priors.Keeper).State()
	f.Add(write(f, state))
	swapped := *state
	swapped.Tensors = []priors.Tensor{state.Tensors[1], state.Tensors[0]}
	f.Add(write(f, &swapped))
	f.Add(write(f, priors.NewState("pca", priors.Tensor{Name: "mean", Shape: []int{0}, Data: []float32{}},
		priors.Tensor{Name: "basis", Shape: []int{3, 0}, Data: []float32{}})))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := safetensors.Parse(data)
		if err != nil {
			return
		}
		p, err := new(pca.Config).Open(s)
		if err != nil {
			return
		}
		a := p.(priors.Affine)
		if n := a.Dim(); n < 1 || len(a.Mean()) != n || len(a.Basis()) < n || len(a.Basis())%n != 0 {
			t.Fatalf("%d fluxes, a mean of %d and a basis of %d numbers", n, len(a.Mean()), len(a.Basis()))
		}
		byName := cmpopts.SortSlices(func(a, b priors.Tensor) bool { return a.Name < b.Name })
		if d := cmp.Diff(s.Tensors, p.(priors.Keeper).State().Tensors, byName, cmpopts.EquateNaNs()); d != "" {
			t.Errorf("the prior of a state has another state (-opened +kept):\n%s", d)
		}
	})
}

func write(t testing.TB, s *priors.State) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := safetensors.Write(&b, s); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
