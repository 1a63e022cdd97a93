package datasets

import (
	"context"
	"fmt"
	"sort"
)

// Crop keeps a range of wavelengths, for surveys that are mostly infilled at one end.
var Crop = StepKind{
	Name:    "crop",
	Doc:     "Keeps the fluxes between two wavelengths.",
	Version: 1,
	New:     func() Step { return new(CropConfig) },
}

// CropConfig holds the keys of Crop.
type CropConfig struct {
	From *float64 `spec:"from" example:"3700" range:"(0,inf)" unit:"Å" doc:"shortest wavelength to keep"`
	To   *float64 `spec:"to" example:"7500" range:"(0,inf)" unit:"Å" doc:"longest wavelength to keep"`
}

// Check requires a range.
func (c *CropConfig) Check(int) []KeyError {
	switch {
	case c.From == nil && c.To == nil:
		return []KeyError{{Problem: "crops nothing; expected from, to or both"}}
	case c.From != nil && c.To != nil && *c.From >= *c.To:
		return []KeyError{{Key: "to", Problem: fmt.Sprintf("got %g; expected more than from, %g", *c.To, *c.From)}}
	}
	return nil
}

// Apply copies the fluxes in the range, both ends included.
func (c *CropConfig) Apply(ctx context.Context, s *Set, _ []int, _ uint64) (*Set, error) {
	lo, hi := 0, s.Dim()
	if c.From != nil {
		lo = sort.Search(hi, func(i int) bool { return s.Wavelength[i] >= *c.From })
	}
	if c.To != nil {
		hi = sort.Search(hi, func(i int) bool { return s.Wavelength[i] > *c.To })
	}
	if lo >= hi {
		err := fmt.Errorf("crop leaves no flux; the wavelengths are %.1f to %.1f Å", s.Wavelength[0], s.Wavelength[s.Dim()-1])
		return nil, inputError(ctx, InputError{Path: s.Name}, err)
	}
	out := *s
	out.Wavelength = s.Wavelength[lo:hi:hi]
	out.Flux, out.Infilled, out.Ivar, out.Truth = make([]float32, 0, s.Len()*(hi-lo)), nil, nil, nil
	for i := range s.Len() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		out.Flux = append(out.Flux, s.Signal(i)[lo:hi]...)
		if s.Truth != nil {
			out.Truth = append(out.Truth, s.TruthRow(i)[lo:hi]...)
		}
		if s.Ivar != nil {
			out.Ivar = append(out.Ivar, s.IvarRow(i)[lo:hi]...)
		}
		if s.Infilled != nil {
			out.Infilled = append(out.Infilled, s.InfilledRow(i)[lo:hi]...)
		}
	}
	return &out, nil
}
