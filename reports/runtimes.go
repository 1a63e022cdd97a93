package reports

import (
	"fmt"

	"sedlab/internal/group"
	"sedlab/internal/record"
	"sedlab/reports/draw"
)

// runtimes are seconds, summed over trainings and signals.
type runtimes struct {
	trained                  []string // the priors that logged their training
	training, reconstruction float64
}

func runtimeOf(run Run) (t runtimes) {
	t.trained = group.Keys(run.Training, func(e record.Training) string { return e.Prior })
	last := map[record.Key]float64{}
	for _, e := range run.Training {
		key := record.KeyOf(e.Prior, e.PriorHash)
		if draw.Finite(e.Seconds) && e.Seconds > last[key] {
			t.training += e.Seconds - last[key]
			last[key] = e.Seconds
		}
	}
	for i := range run.Signals {
		if s := run.Signals[i].Seconds; draw.Finite(s) {
			t.reconstruction += s
		}
	}
	return t
}

// String says how long what took. Priors that log no training are not timed.
func (t runtimes) String() string {
	text := fmt.Sprintf("Reconstruction took %s s, summed over signals.", draw.Number(t.reconstruction))
	if len(t.trained) == 0 {
		return text
	}
	return fmt.Sprintf("Training of %s took %s s. %s", Listed(t.trained), draw.Number(t.training), text)
}
