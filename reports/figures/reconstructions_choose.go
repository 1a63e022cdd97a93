package figures

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"sedlab/internal/group"
	"sedlab/internal/record"
)

// choose returns the examples as the figure shows them: those of the chosen signals, and of
// each the chosen part. Their Sigma is half the width of the band.
func (c *reconstructions) choose(examples []*record.Example) ([]*record.Example, error) {
	if len(c.SignalIDs) > 0 {
		kept := group.Keys(examples, func(e *record.Example) any { return e.SignalID })
		examples = slices.DeleteFunc(examples, func(e *record.Example) bool { return c.place(e) < 0 })
		if len(examples) == 0 {
			return nil, fmt.Errorf("signal_ids: none of %s was kept, but %s; evaluate.keep says how many are", c.ids(), some(kept))
		}
	}
	width := math.Sqrt2 * math.Erfinv(float64(c.Band)/100)
	for i, e := range examples {
		shown := *e
		if len(c.Wavelengths) == 2 {
			shown = crop(e, c.Wavelengths[0], c.Wavelengths[1])
		}
		sigma := shown.Sigma
		shown.Sigma = nil
		for j := 0; c.Band > 0 && j < len(sigma); j++ {
			shown.Sigma = append(shown.Sigma, float32(width)*sigma[j])
		}
		examples[i] = &shown
	}
	return examples, nil
}

// place returns the place of an example's signal in a row, −1 if none is chosen.
func (c *reconstructions) place(e *record.Example) int { return slices.Index(c.SignalIDs, e.SignalID) }

// crop returns an example with only the fluxes and measurements of a range of wavelengths.
func crop(e *record.Example, from, to float64) record.Example {
	n, part := len(e.Wavelength), *e
	low, high := span(e.Wavelength, from, to)
	part.Wavelength = e.Wavelength[low:high]
	part.Truth, part.Reconstruction, part.Sigma = cut(e.Truth, n, low, high), cut(e.Reconstruction, n, low, high), cut(e.Sigma, n, low, high)
	part.Infilled, part.Observed = cut(e.Infilled, n, low, high), cut(e.Observed, n, low, high)
	switch {
	case len(e.Observed) == n:
		part.Measurement = cut(e.Measurement, n, low, high)
	case ownGrid(e):
		m := len(e.Measurement)
		low, high = span(e.MeasurementWavelength, from, to)
		part.Measurement, part.MeasurementWavelength = cut(e.Measurement, m, low, high), cut(e.MeasurementWavelength, m, low, high)
	}
	return part
}

// span returns the indices between which ascending wavelengths are in a range.
func span(wavelengths []float64, from, to float64) (low, high int) {
	low, _ = slices.BinarySearch(wavelengths, from)
	high, _ = slices.BinarySearch(wavelengths, math.Nextafter(to, math.Inf(1)))
	return low, max(low, high)
}

// cut returns a part of a list that has n entries, and any other list whole.
func cut[T any](list []T, n, low, high int) []T {
	if len(list) != n {
		return list
	}
	return list[low:high]
}

// ids lists the chosen signals.
func (c *reconstructions) ids() string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(c.SignalIDs), " ", ", "), "[]")
}

// choices describes the chosen signals and wavelengths.
func (c *reconstructions) choices() (list []string) {
	if len(c.SignalIDs) > 0 {
		list = append(list, "signals "+c.ids())
	}
	if w := c.Wavelengths; len(w) == 2 {
		list = append(list, fmt.Sprintf("%g to %g Å", w[0], w[1]))
	}
	return list
}

// missing names the chosen signals that a row lacks.
func (g *gallery) missing() (names []string) {
	for _, id := range g.SignalIDs {
		lacks := func(row galleryRow) bool {
			return !slices.ContainsFunc(row.examples, func(e *record.Example) bool { return e.SignalID == id })
		}
		if slices.ContainsFunc(g.rows, lacks) {
			names = append(names, "#"+fmt.Sprint(id))
		}
	}
	return names
}
