package datasets

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"

	"sedlab/internal/rng"
)

// Fractions are the shares of a data set that the sides of a split get. The remaining
// signals are not used. A split that the data set gives is taken as it is.
type Fractions struct {
	Train      float64 `spec:"train" default:"0.9" example:"0.7" range:"[0,1]" doc:"share that priors are trained on"`
	Validation float64 `spec:"validation" default:"0" example:"0.2" range:"[0,1]" doc:"share for choosing settings"`
	Test       float64 `spec:"test" default:"0.1" range:"[0,1]" doc:"share for final results"`
	Column     string  `spec:"column" default:"\"\"" example:"fold" doc:"the data's own column (npz: array) with each signal's side: train, validation, test, or nothing; the shares then have no effect"`
}

// Share returns the share of the side named train, validation or test, and 0 for
// any other name. If a column gives the split, no share is known.
func (f Fractions) Share(side string) float64 {
	return map[string]float64{"train": f.Train, "validation": f.Validation, "test": f.Test}[side]
}

// Usual reports whether the shares are the defaults, as if none were given.
func (f Fractions) Usual() bool { return f.Train == 0.9 && f.Validation == 0 && f.Test == 0.1 }

// Sides are the names of a split's sides.
var Sides = []string{"train", "validation", "test"}

// Assignment holds the signals of each side of a split, ascending.
type Assignment struct{ Train, Validation, Test []int }

// IDs returns the signals of the side named train, validation or test, and nil
// for any other name.
func (a Assignment) IDs(side string) []int {
	return map[string][]int{"train": a.Train, "validation": a.Validation, "test": a.Test}[side]
}

// Split assigns n signals that have no groups to sides. A signal's side depends only on
// the seed and on its own identity. So adding signals moves none, and a larger test share
// keeps every signal of a smaller one. In return, the size of a side is only close to its
// share of n.
func Split(n int, seed uint64, f Fractions) Assignment {
	return assign(n, func(id int) string { return f.side(seed, uint64(id)) })
}

// Split assigns the signals of s to sides: as s.Side says or, if it is nil, by the seed.
// Signals of one group get the same side, which depends only on the seed and on the
// group's name.
func (s *Set) Split(seed uint64, f Fractions) Assignment {
	switch {
	case s.Side != nil:
		return assign(s.Len(), func(id int) string { return s.Side[id] })
	case s.Group != nil:
		return assign(s.Len(), func(id int) string { return f.side(seed, identity(id, s.Group[id])) })
	}
	return Split(s.Len(), seed, f)
}

// assign collects the signals of each side.
func assign(n int, side func(id int) string) (a Assignment) {
	for id := range n {
		switch side(id) {
		case "train":
			a.Train = append(a.Train, id)
		case "validation":
			a.Validation = append(a.Validation, id)
		case "test":
			a.Test = append(a.Test, id)
		}
	}
	return a
}

// identity returns what the side of a signal depends on beside the seed: its row, or a
// hash of its group's name if it has a group.
func identity(id int, group string) uint64 {
	if group == "" {
		return uint64(id)
	}
	sum := sha256.Sum256([]byte(group))
	return binary.LittleEndian.Uint64(sum[:])
}

// side returns the side of a signal or a group, or "". docs/guide.md specifies it.
func (f Fractions) side(seed, identity uint64) string {
	switch u := rng.Uniform(seed, "split", identity); {
	case u < f.Test:
		return "test"
	case u < f.Test+f.Validation:
		return "validation"
	case u < f.Test+f.Validation+f.Train+shareRounding:
		return "train"
	}
	return ""
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

// checkSides returns what is wrong with a given split.
func (s *Set) checkSides() error {
	if got := len(s.Side); s.Side != nil && got != s.Len() {
		return fmt.Errorf("%d sides; expected one for each of %d signals", got, s.Len())
	}
	for i, side := range s.Side {
		if side != "" && !slices.Contains(Sides, side) {
			return fmt.Errorf("signal %d: is on the side %.40q; expected train, validation, test, or nothing", i, side)
		}
	}
	return nil
}
