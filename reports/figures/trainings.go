package figures

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"sedlab/internal/group"
	"sedlab/internal/record"
	"sedlab/reports"
	"sedlab/reports/draw"
)

// curve is a training: its losses by epoch, if a figure shows them, and its signals.
type curve struct {
	prior, hash string
	settings    string // the settings that distinguish it from other trainings of its prior, such as code_dim = 8
	epochs      []*record.Training
	signals     []*record.Signal // those reconstructed with this training
}

// kept returns the loss of the kept generator, NaN if it is unknown.
func (c *curve) kept() float64 { return c.epochs[len(c.epochs)-1].KeptLoss }

// validation returns the epochs that have a validation loss.
func (c *curve) validation() []*record.Training {
	return slices.DeleteFunc(slices.Clone(c.epochs), func(t *record.Training) bool { return !draw.Finite(t.ValidationLoss) })
}

// leastValidation returns the lowest validation loss and its epoch for the report.
func (c *curve) leastValidation() []string {
	epochs := c.validation()
	if len(epochs) == 0 {
		return []string{"–", "–"}
	}
	least := slices.MinFunc(epochs, func(a, b *record.Training) int { return cmp.Compare(a.ValidationLoss, b.ValidationLoss) })
	return []string{draw.Number(least.ValidationLoss), strconv.Itoa(int(least.Epoch))}
}

func (c *curve) name() string { return strings.TrimSpace(c.prior + " " + c.settings) }

// value returns the value that a training's signals have in a column, nil if they have
// none, and whether they have several.
func (c *curve) value(column string) (value any, several bool) {
	for _, s := range c.signals {
		switch v, _ := s.Value(column); {
		case v == nil || v == value:
		case value == nil:
			value = v
		default:
			return nil, true
		}
	}
	return value, false
}

// trainings groups the rows by training, in the order of the rows. Trainings of one
// prior are labelled with the swept values that each was trained with, or else by hash.
func trainings(run reports.Run) (curves []*curve) {
	signals := map[record.Key][]*record.Signal{}
	for i := range run.Signals {
		s := &run.Signals[i]
		key := record.KeyOf(s.Prior, s.PriorHash)
		signals[key] = append(signals[key], s)
	}
	key := func(t *record.Training) record.Key { return record.KeyOf(t.Prior, t.PriorHash) }
	for _, epochs := range group.By(group.Pointers(run.Training), key) {
		t := epochs[0]
		curves = append(curves, &curve{prior: t.Prior, hash: t.PriorHash, epochs: epochs, signals: signals[key(t)]})
	}
	for _, siblings := range group.By(curves, func(c *curve) string { return c.prior }) {
		tellApart(run, siblings)
	}
	return curves
}

// tellApart labels a prior's trainings with the settings in which they differ.
func tellApart(run reports.Run, curves []*curve) {
	columns := differing(curves)
	seen := map[string]int{}
	for _, c := range curves {
		var parts []string
		for _, name := range columns {
			column, _ := run.Columns.Find(name)
			value, _ := c.value(name)
			parts = append(parts, reports.Setting(c.prior, column, value))
		}
		c.settings = strings.Join(parts, ", ")
		seen[c.settings]++
	}
	for _, c := range curves {
		if len(curves) > 1 && seen[c.settings] > 1 {
			c.settings = strings.TrimSpace(c.settings + " " + c.hash[:min(8, len(c.hash))])
		}
	}
}

// differing returns the columns that distinguish a prior's trainings: each training has
// one value there, and not all values are equal. Only columns that a training can depend
// on count: seeds, and the swept keys of the data and of the prior itself.
func differing(curves []*curve) []string {
	columns := []string{seedColumn}
	for _, c := range curves {
		for _, s := range c.signals {
			for key := range s.Sweep {
				if key == "repeat" || strings.HasPrefix(key, "seeds.") || strings.HasPrefix(key, "dataset.") || strings.HasPrefix(key, "priors."+c.prior+".") {
					columns = append(columns, record.ColumnOf(key))
				}
			}
		}
	}
	slices.Sort(columns)
	columns = slices.DeleteFunc(slices.Compact(columns), func(column string) bool {
		first, several := curves[0].value(column)
		same := true
		for _, c := range curves[1:] {
			v, more := c.value(column)
			same, several = same && v == first, several || more
		}
		return same || several
	})
	if slices.Contains(columns, repeatColumn) { // each repetition has its own seed
		columns = slices.DeleteFunc(columns, func(column string) bool { return column == seedColumn })
	}
	return columns
}

const (
	repeatColumn = "sweep.repeat"
	seedsPrefix  = "sweep.seeds." // of the columns of the stages' seeds
	seedColumn   = "seed"
)
