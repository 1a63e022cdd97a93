package operators

import (
	"fmt"

	"sedlab/internal/measure"
)

// Hiding is the key shared by operators that hide fluxes.
type Hiding struct {
	MissingFraction float64 `spec:"missing_fraction" default:"0" example:"0.4" range:"[0,1)" why:"at 1 nothing would be measured" doc:"share of the fluxes that the operator hides"`
}

// Check returns what is wrong with the fraction. Every grid is fine.
func (h *Hiding) Check([]float64) []KeyError {
	if f := h.MissingFraction; !(f >= 0 && f < 1) {
		return []KeyError{{Key: "missing_fraction", Problem: fmt.Sprintf("got %g; expected a number in [0, 1)", f)}}
	}
	return nil
}

// Level returns the missing fraction.
func (h *Hiding) Level() float64 { return h.MissingFraction }

// Propagates says that the operators with this key are Propagators.
func (h *Hiding) Propagates() {}

// hidden returns the number of hidden fluxes, out of n.
func (h *Hiding) hidden(n int) int { return measure.Hidden(n, h.MissingFraction) }

// refused returns the first problem of Check as an error.
func (h *Hiding) refused() error {
	for _, e := range h.Check(nil) {
		return fmt.Errorf("%s: %s", e.Key, e.Problem)
	}
	return nil
}
