// Package scores says how good a reconstruction is. Each score is a column of
// signals.parquet and has its own file here. To add one, write a file and add a line to
// the catalogue.
package scores

import (
	"fmt"

	"sedlab/internal/record"
)

// Kind is one score.
type Kind struct {
	Column // its role is Error or Diagnostic
	// Version is raised whenever the same case comes to get a different score. Cached
	// results of other versions are computed again.
	Version int
	// OfHidden is set if the score needs hidden fluxes: other cases have none.
	OfHidden bool
	// Score returns the score of a case, NaN where it has none.
	Score func(Case) float64
}

// Column is what tables, axes and documents say about a score.
type Column = record.Column

// The roles of scores.
const (
	Error      = record.Error      // how far off the reconstruction is; less is better
	Diagnostic = record.Diagnostic // how it came about
)

// Case is a signal of n fluxes and its reconstruction.
type Case struct {
	Truth, Estimate []float32 // n fluxes of the data and of the reconstruction, normalised
	Clean           []float32 // n fluxes of the signal without noise; nil if they are unknown
	Observed        []bool    // whether the operator measures each of n fluxes; nil if it does not select fluxes
	Infilled        []bool    // whether the data set itself filled in each of n fluxes; nil if it measured all
	Sigma, Noise    []float32 // n standard deviations, of the estimate and of the data's noise; nil if the prior has none
	Loss            float64   // ‖A x̂ − y‖²/m
	Oracle          float64   // mean squared error of the prior's best representation of the signal; NaN if unknown
}

// Columns returns the columns of signals.parquet, including those of the given scores. It
// panics on a score without Score or a version, with a role that scores cannot have, or
// with a name that is empty or taken.
func Columns(kinds []Kind) record.Columns {
	var list []record.Column
	taken := record.SignalColumns()
	for _, k := range kinds {
		_, known := taken.Find(k.Name) // or swept
		if k.Name == "" || known || k.Role != Error && k.Role != Diagnostic || k.Version < 1 || k.Score == nil {
			panic(fmt.Sprintf("scores: kind %q: needs a name that no other column has, the role error or diagnostic, a version from 1, and Score", k.Name))
		}
		list, taken = append(list, k.Column), append(taken, k.Column)
	}
	return record.SignalColumns(list...)
}

// meanSquare returns the mean of (x̂ − x)² over some of the fluxes, or NaN if there are
// none.
func (c Case) meanSquare(in func(flux int) bool) float64 {
	return meanSquare(c.Estimate, c.Truth, in)
}

func meanSquare(a, b []float32, in func(flux int) bool) float64 {
	var sum float64
	n := 0
	for j := range a {
		if in(j) {
			d := float64(a[j]) - float64(b[j])
			sum += d * d
			n++
		}
	}
	return sum / float64(n)
}
