package dataset

import (
	"cmp"
	"slices"

	"sedlab/internal/rng"
)

// Fractions are the shares of a data set that each part of a split gets. What
// they leave of 1 is not used.
type Fractions struct{ Train, Validation, Test float64 }

// Assignment holds the signals of each part of a split, ascending.
type Assignment struct{ Train, Validation, Test []int }

// IDs returns the signals of the part named train, validation or test, and nil
// for any other name.
func (a Assignment) IDs(part string) []int {
	switch part {
	case "train":
		return a.Train
	case "validation":
		return a.Validation
	case "test":
		return a.Test
	}
	return nil
}

// Split assigns n signals to parts. Where a signal goes depends on the seed and
// on its own identity alone, so adding signals moves none, and a larger test
// share keeps every signal that was in it. A part's size is therefore near its
// share of n, not exactly that.
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

// shareRounding keeps shares such as 0.7+0.2+0.1, which float64 adds up to less
// than 1, from leaving signals out.
const shareRounding = 1e-9

// Choose returns count of the ids, ascending, or all if there are no more. The
// choice is random but nested: a larger count keeps what a smaller one chose,
// and other ids change it only where they take a place of their own.
func Choose(ids []int, count int, seed uint64) []int {
	rank := make(map[int]float64, len(ids))
	for _, id := range ids {
		rank[id] = rng.Uniform(seed, "evaluate", uint64(id))
	}
	chosen := slices.SortedFunc(slices.Values(ids), func(a, b int) int {
		return cmp.Or(cmp.Compare(rank[a], rank[b]), cmp.Compare(a, b))
	})
	chosen = chosen[:max(0, min(count, len(chosen)))]
	slices.Sort(chosen)
	return chosen
}
