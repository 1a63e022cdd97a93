package datasets

import (
	"cmp"
	"slices"

	"sedlab/internal/rng"
)

// Fractions are the shares of a data set that the sides of a split get. The remaining
// signals are not used.
type Fractions struct {
	Train      float64 `spec:"train" default:"0.9" example:"0.7" range:"[0,1]" doc:"share that priors are trained on"`
	Validation float64 `spec:"validation" default:"0" example:"0.2" range:"[0,1]" doc:"share for choosing settings"`
	Test       float64 `spec:"test" default:"0.1" range:"[0,1]" doc:"share for final results"`
}

// Share returns the share of the side named train, validation or test, and 0 for
// any other name.
func (f Fractions) Share(side string) float64 {
	return map[string]float64{"train": f.Train, "validation": f.Validation, "test": f.Test}[side]
}

// Assignment holds the signals of each side of a split, ascending.
type Assignment struct{ Train, Validation, Test []int }

// IDs returns the signals of the side named train, validation or test, and nil
// for any other name.
func (a Assignment) IDs(side string) []int {
	return map[string][]int{"train": a.Train, "validation": a.Validation, "test": a.Test}[side]
}

// Split assigns n signals to sides. A signal's side depends only on the seed and on its
// own identity. So adding signals moves none, and a larger test share keeps every signal
// of a smaller one. In return, the size of a side is only close to its share of n.
func Split(n int, seed uint64, f Fractions) Assignment {
	var a Assignment
	for id := range n {
		switch u := rng.Uniform(seed, "split", uint64(id)); {
		case u < f.Test:
			a.Test = append(a.Test, id)
		case u < f.Test+f.Validation:
			a.Validation = append(a.Validation, id)
		case u < f.Test+f.Validation+f.Train+shareRounding:
			a.Train = append(a.Train, id)
		}
	}
	return a
}

// shareRounding makes up for shares such as 0.7+0.2+0.1, which sum to less than 1 in
// float64, so that no signal is left out.
const shareRounding = 1e-9

// Ranked returns the ids in the random order in which they are chosen for evaluation. The
// order of any two depends only on the seed and on their identities, so the first few are
// among the first of any larger number.
func Ranked(ids []int, seed uint64) []int {
	rank := make(map[int]float64, len(ids))
	for _, id := range ids {
		rank[id] = rng.Uniform(seed, "evaluate", uint64(id))
	}
	return slices.SortedFunc(slices.Values(ids), func(a, b int) int {
		return cmp.Or(cmp.Compare(rank[a], rank[b]), cmp.Compare(a, b))
	})
}
