package datasets

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Counts says how many signals of a set can be used, on each side of a split, and why the
// others cannot.
type Counts struct {
	Signals    int   `json:"signals"`
	Train      Count `json:"train"`
	Validation Count `json:"validation,omitzero"`
	Test       Count `json:"test"`
	Neither    Count `json:"on_no_side,omitzero"`
	Copies     int   `json:"copies,omitempty"` // signals that repeat an earlier one, bit for bit
	// Dropped says how many spectra were left out, and why the first was; empty if none was.
	Dropped string `json:"dropped,omitempty"`
}

// Count counts the signals of a side.
type Count struct {
	Usable   int            `json:"usable"`
	Unusable map[string]int `json:"unusable,omitempty"` // by reason, as Set.Bad gives it
	// Copies is the number of usable signals of validation or test whose fluxes a usable
	// training signal has too, bit for bit.
	Copies int `json:"copies_of_training,omitempty"`
}

// Signals returns the number of signals of the side.
func (c Count) Signals() int {
	n := c.Usable
	for _, bad := range c.Unusable {
		n += bad
	}
	return n
}

// Side returns the count of the side named train, validation or test, and none for any
// other name.
func (c Counts) Side(name string) Count {
	return map[string]Count{"train": c.Train, "validation": c.Validation, "test": c.Test}[name]
}

// Unusable returns the numbers of unusable signals by reason.
func (c Counts) Unusable() map[string]int {
	sum := map[string]int{}
	for _, side := range []Count{c.Train, c.Validation, c.Test, c.Neither} {
		for reason, n := range side.Unusable {
			sum[reason] += n
		}
	}
	return sum
}

// Count counts the usable signals of a normalised set.
func (s *Set) Count(a Assignment) Counts {
	c := Counts{Signals: s.Len(), Copies: len(s.copyOf), Dropped: DroppedNote(s.Dropped)}
	trained := map[int]bool{}
	for _, id := range a.Train {
		if s.Bad(id) == "" {
			trained[s.original(id)] = true
		}
	}
	onSide := make([]bool, s.Len())
	count := func(ids []int) (side Count) {
		for _, id := range ids {
			onSide[id] = true
			if bad := s.Bad(id); bad != "" {
				if side.Unusable == nil {
					side.Unusable = map[string]int{}
				}
				side.Unusable[bad]++
				continue
			}
			side.Usable++
			if trained[s.original(id)] {
				side.Copies++
			}
		}
		return side
	}
	c.Train, c.Validation, c.Test = count(a.Train), count(a.Validation), count(a.Test)
	c.Train.Copies = 0 // of itself
	var rest []int
	for id, on := range onSide {
		if !on {
			rest = append(rest, id)
		}
	}
	c.Neither = count(rest)
	c.Neither.Copies = 0
	return c
}

// String counts the usable signals: 54 training and 6 test signals, 3 unusable (zero norm).
func (c Counts) String() string {
	var parts []string
	for _, side := range []struct {
		name  string
		count Count
	}{{"training", c.Train}, {"validation", c.Validation}, {"test", c.Test}} {
		if side.count.Signals() > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", side.count.Usable, side.name))
		}
	}
	text := strings.Join(parts, " and ") + " signals"
	if n := c.Neither.Usable; n > 0 {
		text += fmt.Sprintf(", %d on no side", n)
	}
	if bad := Reasons(c.Unusable()); bad != "" {
		text += ", unusable: " + bad
	}
	return text
}

// Reasons lists numbers of unusable signals: 3 zero norm, 1 max not positive.
func Reasons(unusable map[string]int) string {
	var list []string
	for _, reason := range slices.Sorted(maps.Keys(unusable)) {
		list = append(list, fmt.Sprintf("%d %s", unusable[reason], reason))
	}
	return strings.Join(list, ", ")
}

// Notes returns remarks on copies of signals, and on spectra that were left out.
func (c Counts) Notes() (notes []string) {
	if c.Dropped != "" {
		notes = append(notes, c.Dropped)
	}
	if c.Copies > 0 {
		notes = append(notes, fmt.Sprintf("%d of %d signals are exact copies of others", c.Copies, c.Signals))
	}
	for _, side := range Sides[1:] {
		if n := c.Side(side); n.Copies > 0 {
			notes = append(notes, fmt.Sprintf("%d of %d %s signals are exact copies of training signals, so their errors say little about new ones",
				n.Copies, n.Usable, side))
		}
	}
	return notes
}
