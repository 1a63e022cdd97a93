package dataset_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"sedlab/framework/dataset"
)

func TestNormalize(t *testing.T) {
	tests := []struct {
		how  string
		norm float64 // of the signal 1, −2, 2, 4
	}{
		{"rms", 2.5},
		{"l2", 5},
		{"median", 1.5},
		{"max", 4},
		{"none", 1},
	}
	for _, test := range tests {
		t.Run(test.how, func(t *testing.T) {
			set := &dataset.Set{Wavelength: []float64{1, 2, 3, 4}, Flux: []float32{1, -2, 2, 4}}
			if err := set.Normalize(test.how); err != nil {
				t.Fatal(err)
			}
			if math.Abs(set.Norm[0]-test.norm) > 1e-12 {
				t.Errorf("norm %v, want %v", set.Norm[0], test.norm)
			}
			for i, raw := range []float64{1, -2, 2, 4} {
				if got, want := float64(set.Flux[i]), raw/test.norm; math.Abs(got-want) > 1e-6 {
					t.Errorf("flux %d is %v, want %v", i, got, want)
				}
			}
			if set.Bad(0) != "" {
				t.Errorf("bad: %q", set.Bad(0))
			}
		})
	}
}

func TestNormalizeKeepsWhatItCannotScale(t *testing.T) {
	flux := []float32{0, 0, 0, -3, -2, -1, 1, 2, 3}
	tests := []struct {
		how  string
		want []string
	}{
		{"rms", []string{"zero norm", "", ""}},
		{"median", []string{"zero norm", "median not positive", ""}},
		{"max", []string{"zero norm", "max not positive", ""}},
		{"none", []string{"", "", ""}},
	}
	for _, test := range tests {
		t.Run(test.how, func(t *testing.T) {
			set := &dataset.Set{Wavelength: []float64{1, 2, 3}, Flux: slices.Clone(flux)}
			if err := set.Normalize(test.how); err != nil {
				t.Fatal(err)
			}
			for i, want := range test.want {
				if got := set.Bad(i); got != want {
					t.Errorf("signal %d: bad %q, want %q", i, got, want)
				}
				if want != "" && (set.Norm[i] != 1 || !slices.Equal(set.Signal(i), flux[3*i:3*i+3])) {
					t.Errorf("signal %d was scaled to %v by %v", i, set.Signal(i), set.Norm[i])
				}
			}
		})
	}
}

func TestNormalizeErrors(t *testing.T) {
	set := &dataset.Set{Wavelength: []float64{1}, Flux: []float32{2}}
	if err := set.Normalize("mean"); err == nil || !strings.Contains(err.Error(), "expected one of l2, max, median, none, rms") {
		t.Errorf("unknown normalisation: %v", err)
	}
	if err := set.Normalize("l2"); err != nil {
		t.Fatal(err)
	}
	if err := set.Normalize("l2"); err == nil {
		t.Error("a set was normalised twice")
	}
}

// TestSplit holds that an assignment is a partition near its shares, and that
// neither more signals nor a larger test share moves a test signal elsewhere.
func TestSplit(t *testing.T) {
	const n, seed = 2000, 7
	f := dataset.Fractions{Train: 0.7, Validation: 0.1, Test: 0.2}
	a := dataset.Split(n, seed, f)
	all := slices.Concat(a.IDs("train"), a.IDs("validation"), a.IDs("test"))
	slices.Sort(all)
	for i, id := range all {
		if id != i {
			t.Fatalf("the parts are no partition at %d", i)
		}
	}
	for part, share := range map[string]float64{"train": 0.7, "validation": 0.1, "test": 0.2} {
		ids := a.IDs(part)
		sigma := math.Sqrt(n * share * (1 - share))
		if math.Abs(float64(len(ids))-n*share) > 4*sigma {
			t.Errorf("%s: %d of %d signals, want a share of %v", part, len(ids), n, share)
		}
		if !slices.IsSorted(ids) {
			t.Errorf("%s: not ascending", part)
		}
	}

	fewer := dataset.Split(n/2, seed, f)
	if !isSubset(fewer.Test, a.Test) || !isSubset(fewer.Train, a.Train) {
		t.Error("more signals moved some to another part")
	}
	if more := dataset.Split(n, seed, dataset.Fractions{Train: 0.5, Test: 0.5}); !isSubset(a.Test, more.Test) {
		t.Error("a larger test share lost test signals")
	}
	if other := dataset.Split(n, seed+1, f); slices.Equal(other.Test, a.Test) {
		t.Error("the split does not depend on the seed")
	}
	if unused := dataset.Split(n, seed, dataset.Fractions{Test: 0.2}); len(unused.Train) != 0 || !slices.Equal(unused.Test, a.Test) {
		t.Error("the remainder was used")
	}
	if a.IDs("evaluation") != nil {
		t.Error("an unknown part has signals")
	}
}

func TestChoose(t *testing.T) {
	ids := dataset.Split(1000, 1, dataset.Fractions{Train: 0.5, Test: 0.5}).Test
	ten, twenty := dataset.Choose(ids, 10, 3), dataset.Choose(ids, 20, 3)
	if len(ten) != 10 || len(twenty) != 20 || !slices.IsSorted(ten) {
		t.Fatalf("chose %v and %v", ten, twenty)
	}
	if !isSubset(ten, twenty) || !isSubset(twenty, ids) {
		t.Error("choices are not nested")
	}
	if slices.Equal(ten, ids[:10]) || slices.Equal(ten, dataset.Choose(ids, 10, 4)) {
		t.Error("the choice is not random")
	}
	without := slices.DeleteFunc(slices.Clone(ids), func(id int) bool { return id == ten[0] })
	if again := dataset.Choose(without, 9, 3); !slices.Equal(again, ten[1:]) {
		t.Errorf("leaving one out changed the choice of the others: %v, want %v", again, ten[1:])
	}
	for _, count := range []int{len(ids), len(ids) + 1} {
		if got := dataset.Choose(ids, count, 3); !slices.Equal(got, ids) {
			t.Errorf("%d of %d: chose %d", count, len(ids), len(got))
		}
	}
	if got := dataset.Choose(ids, 0, 3); len(got) != 0 {
		t.Errorf("chose %d of none", len(got))
	}
}

func TestLoadErrors(t *testing.T) {
	tests := []struct {
		name string
		o    dataset.Options
		want string
	}{
		{"unknown source", dataset.Options{Source: "sdss"}, "dataset sdss: no such source, expected one of synthetic, sdss-corrected, npz"},
		{"no size", dataset.Options{Source: "synthetic"}, "dataset synthetic: size 0, expected 1 to"},
		{"no path", dataset.Options{Source: "npz"}, "dataset npz: no file named; name it with --set dataset.path=…"},
		{"folder", dataset.Options{Source: "npz", Path: "internal"}, "dataset internal: not a regular file"},
		{"no file", dataset.Options{Source: "npz", Path: "absent.npz"}, "dataset absent.npz: no such file"},
		{"not fetched", dataset.Options{Source: "sdss-corrected"}, "get it with: sedlab data fetch sdss-corrected, or name it with --set dataset.path=…"},
	}
	t.Setenv("SEDLAB_DATA", t.TempDir())
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := dataset.Load(t.Context(), test.o)
			wantInputError(t, err, test.want)
		})
	}
}

func TestLoadStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, o := range []dataset.Options{
		{Source: "synthetic", Size: 1000},
		{Source: "npz", Path: writeArchive(t, plainArchive())},
		{Source: "sdss-corrected", Path: writeArchive(t, astroMLArchive())},
	} {
		_, err := dataset.Load(ctx, o)
		var input *dataset.InputError
		if !errors.Is(err, context.Canceled) || errors.As(err, &input) {
			t.Errorf("%s: error %v, want context.Canceled and no InputError", o.Source, err)
		}
	}
}

func isSubset(part, whole []int) bool {
	for _, id := range part {
		if !slices.Contains(whole, id) {
			return false
		}
	}
	return true
}

func wantInputError(t *testing.T, err error, want string) {
	t.Helper()
	var input *dataset.InputError
	if !errors.As(err, &input) || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want an InputError that says %q", err, want)
	}
}
