package spec

import (
	"math"

	"sedlab/framework/dataset"
)

// signals checks what is certain of the number of signals before they are made.
func (c pointCheck) signals() {
	source, _ := c.opt.source(c.Dataset.Source)
	side := c.Evaluate.Split
	share := math.Ceil(c.Dataset.Split.Share(side) * float64(c.Dataset.Size))
	if n := c.Evaluate.Signals; source.Makes && n != defaultSignals && n != AllSignals && float64(n) > share {
		c.add("evaluate.signals", "got %d, but the split %s is a share of %g of %d signals; expected at most %.0f, or all",
			n, side, c.Dataset.Split.Share(side), c.Dataset.Size, share)
	}
	if parts, known := c.parts(); known && len(parts.IDs(side)) == 0 && c.Dataset.Split.Share(side) > 0 {
		c.add("evaluate.split", "got %s, in which none of %d signals are with this seed; expected more signals or a larger share", side, c.Dataset.Size)
	}
}

// maxSplits bounds the signals that are split while a spec is checked.
const maxSplits = 1_000_000

// parts returns the split of signals that are made, if there are not too many:
// it depends on the seed and their number alone.
func (c pointCheck) parts() (dataset.Assignment, bool) {
	source, _ := c.opt.source(c.Dataset.Source)
	key := splitKey{c.Dataset.Size, c.Seed, c.Dataset.Split}
	if parts, known := c.splits[key]; known || !source.Makes || c.counted+c.Dataset.Size > maxSplits {
		return parts, known
	}
	s := c.Dataset.Split
	c.splits[key] = dataset.Split(c.Dataset.Size, c.Seed, dataset.Fractions{Train: s.Train, Validation: s.Validation, Test: s.Test})
	c.counted += c.Dataset.Size
	return c.splits[key], true
}

// splitKey is what a split depends on.
type splitKey struct {
	size  int
	seed  uint64
	split Split
}
