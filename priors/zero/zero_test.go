package zero_test

import (
	"testing"

	"sedlab/priors"
	"sedlab/priors/priortest"
	"sedlab/priors/zero"
)

func TestContract(t *testing.T) { priortest.Run(t, zero.Kind, &zero.Config{}) }

func TestSignalIsZero(t *testing.T) {
	prior, err := zero.Kind.New().Train(t.Context(), priortest.Data())
	if err != nil {
		t.Fatal(err)
	}
	affine := prior.(priors.Affine)
	for i, v := range affine.Mean() {
		if v != 0 {
			t.Fatalf("flux %d of the mean is %g", i, v)
		}
	}
	if n := len(affine.Basis()); n != 0 {
		t.Errorf("the basis has %d numbers, expected none", n)
	}
}
