package app

import (
	"math"
	"testing"
)

// A bound on cells that no int holds is the highest, and not the default.
func TestMaxCellsOfAnySize(t *testing.T) {
	for bound, want := range map[uint]int{0: 0, 7: 7, math.MaxInt: math.MaxInt, math.MaxInt + 1: math.MaxInt, math.MaxInt + 2: math.MaxInt, math.MaxUint: math.MaxInt} {
		if got := new(App).options(SpecRef{MaxCells: bound}).MaxCells; got != want {
			t.Errorf("at most %d cells: %d, expected %d", bound, got, want)
		}
	}
}
