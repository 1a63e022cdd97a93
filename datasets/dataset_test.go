package datasets_test

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sedlab/datasets"
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
			set := &datasets.Set{Wavelength: []float64{1, 2, 3, 4}, Flux: []float32{1, -2, 2, 4}}
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
			set := &datasets.Set{Wavelength: []float64{1, 2, 3}, Flux: slices.Clone(flux)}
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
	set := &datasets.Set{Wavelength: []float64{1}, Flux: []float32{2}}
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

// TestSplit checks that an assignment is a partition near its shares, and that neither
// more signals nor a larger test share moves a test signal elsewhere.
func TestSplit(t *testing.T) {
	const n, seed = 2000, 7
	f := datasets.Fractions{Train: 0.7, Validation: 0.1, Test: 0.2}
	a := datasets.Split(n, seed, f)
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

	fewer := datasets.Split(n/2, seed, f)
	if !isSubset(fewer.Test, a.Test) || !isSubset(fewer.Train, a.Train) {
		t.Error("more signals moved some to another part")
	}
	if more := datasets.Split(n, seed, datasets.Fractions{Train: 0.5, Test: 0.5}); !isSubset(a.Test, more.Test) {
		t.Error("a larger test share lost test signals")
	}
	if other := datasets.Split(n, seed+1, f); slices.Equal(other.Test, a.Test) {
		t.Error("the split does not depend on the seed")
	}
	if unused := datasets.Split(n, seed, datasets.Fractions{Test: 0.2}); len(unused.Train) != 0 || !slices.Equal(unused.Test, a.Test) {
		t.Error("the remainder was used")
	}
	if a.IDs("evaluation") != nil || f.Share("evaluation") != 0 || f.Share("test") != 0.2 {
		t.Error("an unknown part has signals or a share, or a known one has none")
	}
}

func TestRanked(t *testing.T) {
	ids := datasets.Split(1000, 1, datasets.Fractions{Train: 0.5, Test: 0.5}).Test
	ranked := datasets.Ranked(ids, 3)
	sorted := slices.Sorted(slices.Values(ranked))
	if !slices.Equal(sorted, ids) {
		t.Fatalf("%d ids are ranked as %v", len(ids), ranked)
	}
	if slices.IsSorted(ranked) || slices.Equal(ranked, datasets.Ranked(ids, 4)) {
		t.Error("the order is not random")
	}
	backwards := slices.Clone(ids)
	slices.Reverse(backwards)
	if !slices.Equal(datasets.Ranked(backwards, 3), ranked) {
		t.Error("the order depends on that of the ids")
	}
	without := slices.DeleteFunc(slices.Clone(ids), func(id int) bool { return id == ranked[0] })
	if again := datasets.Ranked(without, 3); !slices.Equal(again, ranked[1:]) {
		t.Errorf("leaving one out changed the order of the others: %v, want %v", again, ranked[1:])
	}
	if got := datasets.Ranked(nil, 3); len(got) != 0 {
		t.Errorf("ranked %d of none", len(got))
	}
}

func TestLoadErrors(t *testing.T) {
	t.Setenv("SEDLAB_DATA", "nowhere")
	tests := []struct {
		name   string
		config datasets.Config
		want   string
	}{
		{"no size", &datasets.SyntheticConfig{}, "dataset synthetic: size 0, expected 1 to"},
		{"no path", &datasets.NPZConfig{}, "dataset npz: no file named"},
		{"folder", &datasets.NPZConfig{Path: "internal"}, "dataset internal: is a directory"},
		{"no file", &datasets.NPZConfig{Path: "absent.npz"}, "dataset absent.npz: no such file"},
		{"not fetched", &datasets.SDSSCorrectedConfig{}, "dataset " + filepath.Join("nowhere", "spec4000.npz") + ": no such file"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := test.config.Load(t.Context(), 0)
			wantInputError(t, err, test.want)
		})
	}
}

// The error of a missing file has what a user interface needs for advice.
func TestMissingFile(t *testing.T) {
	for _, want := range []datasets.InputError{
		{Source: "npz", Path: "absent.npz"},
		{Source: "sdss-corrected", Path: "absent.npz", Fetchable: true},
	} {
		var config datasets.Config = &datasets.NPZConfig{Path: want.Path}
		if want.Fetchable {
			config = &datasets.SDSSCorrectedConfig{Path: want.Path}
		}
		_, err := config.Load(t.Context(), 0)
		got := new(datasets.InputError)
		if !errors.As(err, &got) || !errors.Is(err, fs.ErrNotExist) {
			t.Fatalf("error %v, want an InputError that wraps fs.ErrNotExist", err)
		}
		if want.Err = got.Err; *got != want {
			t.Errorf("got %+v, want %+v", *got, want)
		}
	}
}

func TestNPZNeedsAPath(t *testing.T) {
	errs := new(datasets.NPZConfig).Check()
	if want := "missing; source npz needs the path of a file"; len(errs) != 1 || errs[0].Key != "path" || errs[0].Problem != want {
		t.Errorf("got %v, want %q about path", errs, want)
	}
}

// Identities compare as keys, and their JSON does not change.
func TestIdentity(t *testing.T) {
	digest := func(context.Context, string) (string, error) { return "abcd", nil }
	for want, config := range map[string]datasets.Config{
		`{"sha256":"abcd"}`: &datasets.NPZConfig{Path: "x.npz"},
		`{"seeded":true}`:   &datasets.SyntheticConfig{Signals: 10},
	} {
		id, err := config.Identify(t.Context(), 0, digest)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := json.Marshal(id); err != nil || string(got) != want {
			t.Errorf("%s, %v; want %s", got, err, want)
		}
	}
}

func TestLoadStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, config := range []datasets.Config{
		&datasets.SyntheticConfig{Signals: 1000},
		&datasets.NPZConfig{Path: writeArchive(t, plainArchive())},
		&datasets.SDSSCorrectedConfig{Path: writeArchive(t, astroMLArchive())},
	} {
		_, err := config.Load(ctx, 0)
		var input *datasets.InputError
		if !errors.Is(err, context.Canceled) || errors.As(err, &input) {
			t.Errorf("%T: error %v, want context.Canceled and no InputError", config, err)
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
	var input *datasets.InputError
	if !errors.As(err, &input) || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want an InputError that says %q", err, want)
	}
}
