package datasettest

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"sedlab/datasets"
	"sedlab/internal/kind/kindtest"
)

const (
	signals = 37
	fluxes  = 60
	others  = 7 // signals that are not in train
)

// Data returns 37 signals of 60 fluxes from 4000 to 6950 Å, 50 Å apart. They have three
// smooth components and noise, and a twentieth of the fluxes is infilled.
func Data() *datasets.Set {
	rnd := rand.New(rand.NewPCG(7, 11))
	set := &datasets.Set{Name: "test"}
	for k := range fluxes {
		set.Wavelength = append(set.Wavelength, 4000+50*float64(k))
	}
	for i := range signals {
		set.Redshift = append(set.Redshift, float64(i)/100)
		a, b, c := rnd.NormFloat64(), rnd.NormFloat64(), rnd.NormFloat64()
		for k := range fluxes {
			x := float64(k) / fluxes
			v := 3 + 0.5*a*x + 0.3*b*math.Sin(6*x) + 0.2*c*math.Cos(9*x) + 0.01*rnd.NormFloat64()
			set.Flux = append(set.Flux, float32(v))
			set.Infilled = append(set.Infilled, rnd.IntN(20) == 0)
		}
	}
	return set
}

// Step applies step, a step of kind, to Data, and checks it against the contract of
// datasets.Step.
func Step(t *testing.T, kind datasets.StepKind, step datasets.Step) {
	t.Helper()
	kindtest.Check(t, kind, step)
	for _, n := range []int{0, fluxes} { // unknown, and known
		if errs := step.Check(n); len(errs) > 0 {
			t.Fatalf("the test's own step is refused: %v", errs)
		}
	}
	data := Data()
	out := apply(t, step, data)
	if err := out.Check(); err != nil {
		t.Fatal(err)
	}
	if out.Len() != data.Len() || !slices.Equal(out.Redshift, data.Redshift) || out.Name != data.Name {
		t.Errorf("%d signals of %s with redshifts %v; expected the same signals as before", out.Len(), out.Name, out.Redshift)
	}
	if !reflect.DeepEqual(data, Data()) {
		t.Error("the data that the step was applied to have changed")
	}
	if !reflect.DeepEqual(apply(t, step, Data()), out) {
		t.Error("the same data and seed give another result")
	}
	if _, err := step.Apply(canceled(t), data, train(), 1); err == nil {
		t.Error("the step does not stop when it is called off")
	} else {
		wantCanceled(t, err)
	}
	t.Run("train only", func(t *testing.T) { testTrainOnly(t, step, out) })
}

func train() (ids []int) {
	for id := range signals - others {
		ids = append(ids, id)
	}
	return ids
}

func apply(t *testing.T, step datasets.Step, data *datasets.Set) *datasets.Set {
	t.Helper()
	out, err := step.Apply(t.Context(), data, train(), 1)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// testTrainOnly checks that a signal outside train changes only itself.
func testTrainOnly(t *testing.T, step datasets.Step, want *datasets.Set) {
	for changed := signals - others; changed < signals; changed++ {
		data := Data()
		for k, infilled := range data.InfilledRow(changed) {
			data.InfilledRow(changed)[k] = !infilled
			data.Signal(changed)[k] *= float32(-k)
		}
		got := apply(t, step, data)
		if !slices.Equal(got.Wavelength, want.Wavelength) {
			t.Fatalf("signal %d, not in train, changes the wavelengths", changed)
		}
		for i := range signals {
			if i != changed && (!slices.Equal(got.Signal(i), want.Signal(i)) || !slices.Equal(got.InfilledRow(i), want.InfilledRow(i))) {
				t.Fatalf("signal %d, not in train, changes signal %d", changed, i)
			}
		}
	}
}
