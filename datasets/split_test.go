package datasets_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"sedlab/datasets"
)

var halves = datasets.Fractions{Train: 0.5, Test: 0.5}

// ramps returns a set of n signals that differ, each a number of times, one after the
// other.
func ramps(n, times int) *datasets.Set {
	s := &datasets.Set{Name: "ramps", Wavelength: []float64{4000, 5000, 6000}}
	for i := range n {
		for range times {
			s.Flux = append(s.Flux, 1, float32(i), 2)
		}
	}
	return s
}

func TestGroupsAreNotSplit(t *testing.T) {
	s := ramps(300, 1)
	for i := range s.Len() {
		s.Group = append(s.Group, fmt.Sprint("object ", i%100))
	}
	s.Group[7] = "" // which is a group of its own
	a := s.Split(3, halves)
	if len(a.Train)+len(a.Test) != 300 || len(a.Train) < 100 || len(a.Test) < 100 {
		t.Fatalf("%d and %d signals", len(a.Train), len(a.Test))
	}
	sides := map[string]string{}
	for _, side := range datasets.Sides {
		for _, id := range a.IDs(side) {
			if g := s.Group[id]; g != "" && sides[g] != "" && sides[g] != side {
				t.Errorf("%s is in %s and in %s", g, sides[g], side)
			}
			sides[s.Group[id]] = side
		}
	}
	more := ramps(400, 1)
	more.Group = append(slices.Clone(s.Group), make([]string, 100)...)
	if b := more.Split(3, halves); !slices.Equal(b.Train[:len(a.Train)], a.Train) {
		t.Error("more signals moved some to another side")
	}
	alone := datasets.Split(300, 3, halves)
	if slices.Contains(alone.Train, 7) != slices.Contains(a.Train, 7) {
		t.Error("a signal without a group is not where it is without groups")
	}
}

func TestAGivenSplitIsTaken(t *testing.T) {
	s := ramps(4, 1)
	s.Side = []string{"test", "", "train", "validation"}
	for seed := range uint64(3) {
		a := s.Split(seed, halves)
		if want := (datasets.Assignment{Train: []int{2}, Validation: []int{3}, Test: []int{0}}); !reflect.DeepEqual(a, want) {
			t.Errorf("seed %d: %v", seed, a)
		}
	}
	s.Side[1] = "tset"
	if err := s.Check(); err == nil || !strings.Contains(err.Error(), `signal 1: is on the side "tset"; expected train, validation, test, or nothing`) {
		t.Errorf("an unknown side: %v", err)
	}
}

func TestArchivesGiveGroupsAndSplits(t *testing.T) {
	a := plainArchive().replace(arrays{"group": []int64{12, 12}, "fold": []int32{1, 2}})
	path := writeArchive(t, a)
	config := &datasets.NPZConfig{Path: path}
	set, err := datasets.Load(t.Context(), "npz", config, nil, datasets.Fractions{}, 0)
	if err != nil || !slices.Equal(set.Group, []string{"12", "12"}) || set.Side != nil {
		t.Fatalf("groups %q, sides %q, %v", set.Group, set.Side, err)
	}
	for column, want := range map[string]string{
		"fold":    `column "fold": signal 0: is on the side "1"`,
		"spectra": `array "spectra": type "<f8", expected texts or integers`,
		"nothing": `no array "nothing"; there are "fold"`,
	} {
		_, err := datasets.Load(t.Context(), "npz", config, nil, datasets.Fractions{Column: column}, 0)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("column %s: %v; want %s", column, err, want)
		}
	}
	made := &datasets.SyntheticConfig{Signals: 5}
	if _, err := datasets.Load(t.Context(), "synthetic", made, nil, datasets.Fractions{Column: "fold"}, 0); err == nil || !strings.Contains(err.Error(), "no further columns") {
		t.Errorf("a source without columns: %v", err)
	}
}

func TestCountFindsCopiesAndWhatIsUnusable(t *testing.T) {
	flux := mat.NewDense(8, 3, nil)
	for i, x := range [][]float64{{1, 2, 3}, {1, 2, 3}, {4, 5, 6}, {1, 2, 3}, {0, 0, 0}, {0, 0, 0}, {4, 5, 6.5}, {4, 5, 6}} {
		flux.SetRow(i, x)
	}
	path := writeArchive(t, plainArchive().replace(arrays{"spectra": flux}))
	set, err := datasets.Load(t.Context(), "npz", &datasets.NPZConfig{Path: path}, nil, datasets.Fractions{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := set.Normalize("rms"); err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{-1, 0, -1, 0, -1, -1, -1, 2} {
		if first, ok := set.CopyOf(i); ok != (want >= 0) || ok && first != want {
			t.Errorf("signal %d is a copy of %d, %v; want %d", i, first, ok, want)
		}
	}
	c := set.Count(datasets.Assignment{Train: []int{1, 4, 6}, Validation: []int{2}, Test: []int{0, 3, 7}})
	want := datasets.Counts{
		Signals:    8,
		Train:      datasets.Count{Usable: 2, Unusable: map[string]int{"zero norm": 1}},
		Validation: datasets.Count{Usable: 1},
		Test:       datasets.Count{Usable: 3, Copies: 2},
		Neither:    datasets.Count{Unusable: map[string]int{"zero norm": 1}},
		Copies:     3,
	}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("counts %+v; want %+v", c, want)
	}
	if text := c.String(); text != "2 training and 1 validation and 3 test signals, unusable: 2 zero norm" {
		t.Error(text)
	}
	notes := strings.Join(c.Notes(), "\n")
	if !strings.Contains(notes, "3 of 8 signals are exact copies") || !strings.Contains(notes, "2 of 3 test signals are exact copies of training signals") {
		t.Error(notes)
	}
}

// The sides are recorded from the Python in docs/guide.md.
func TestSplitIsRecorded(t *testing.T) {
	a := datasets.Split(60, 0, datasets.Fractions{Train: 0.7, Test: 0.3})
	if want := []int{9, 14, 15, 19, 25, 30, 31, 35, 37, 38, 39, 40, 43, 44, 55, 56, 57}; !slices.Equal(a.Test, want) {
		t.Errorf("test signals %v; recorded %v", a.Test, want)
	}
}

// The guide's Python says the same as Split.
func TestSplitIsAsTheGuideSays(t *testing.T) {
	guide, err := os.ReadFile("../docs/guide.md")
	if err != nil {
		t.Fatal(err)
	}
	_, code, _ := strings.Cut(string(guide), "```python\nimport hashlib")
	code, _, _ = strings.Cut("import hashlib"+code, "```")
	f := datasets.Fractions{Train: 0.6, Validation: 0.2, Test: 0.1}
	groups := []string{"", "NGC 4151", "12", "α"}
	code += `
import json
print(json.dumps([[side(i, seed, 0.6, 0.2, 0.1, group) for i in range(200)]
    for seed in (0, 7, 2**53) for group in (None, "NGC 4151", 12, "α")]))
`
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip(err)
	}
	out, err := exec.Command("python3", "-c", code).Output()
	if err != nil {
		t.Fatal(err)
	}
	var got [][]string
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	for i, seed := range []uint64{0, 7, 1 << 53} {
		for j, group := range groups {
			s := ramps(200, 1)
			s.Group = slices.Repeat([]string{group}, 200)
			want := make([]string, 200)
			for _, side := range datasets.Sides {
				for _, id := range s.Split(seed, f).IDs(side) {
					want[id] = side
				}
			}
			if !slices.Equal(got[i*len(groups)+j], want) {
				t.Errorf("seed %d, group %q: the guide's sides differ", seed, group)
			}
		}
	}
}
