package datasets

import (
	"context"
	"math"
	"slices"

	"sedlab/internal/quantile"
)

// Info is a summary of a data set.
type Info struct {
	Name            string       `json:"name"`
	Signals         int          `json:"signals"`
	Fluxes          int          `json:"fluxes_per_signal"`
	Wavelength      Range        `json:"wavelength_angstrom"`
	InfilledShare   float64      `json:"infilled_share"` // of all fluxes
	Redshift        *Range       `json:"redshift"`       // null if none is known
	FluxPercentiles []Percentile `json:"flux_percentiles"`
	// PCA is the share of the signals' variance that principal components explain, with
	// each signal at unit rms and infilled fluxes included. It is empty if the signals do
	// not vary.
	PCA []Explained `json:"pca_variance"`
	Bad int         `json:"bad_signals"` // with all fluxes 0, or with a reason from Set.Bad
	// Split counts what a spec can use by default: normalised by rms, and split by the
	// default shares unless the data give a split. It is zero until Set.DescribeSplit.
	Split  Counts   `json:"split"`
	Given  bool     `json:"split_given,omitempty"` // the data give the split
	Groups int      `json:"groups,omitempty"`      // number of groups, which are not split
	SHA256 string   `json:"sha256"`
	Notes  []string `json:"notes,omitempty"` // remarks on likely mistakes in the data
}

// Range is a smallest and a largest value.
type Range struct {
	Min float64 `json:"min"`
	Max float64 `json:"max"`
}

// Percentile is the flux that Percent % of all fluxes do not exceed, in the source's units,
// or normalised if the set is.
type Percentile struct {
	Percent float64 `json:"percent"`
	Flux    float64 `json:"flux"`
}

// Explained is the share of the variance that the first Components principal
// components explain.
type Explained struct {
	Components int     `json:"components"`
	Share      float64 `json:"share"`
}

// Describe summarises the set. It takes a second or two for 4000 signals. An error is
// ctx's, or about the principal components.
func (s *Set) Describe(ctx context.Context) (Info, error) {
	explained, err := explainedVariance(ctx, s, 1, 5, 10, 50)
	if err != nil {
		return Info{}, err
	}
	infilled := 0
	for _, b := range s.Infilled {
		if b {
			infilled++
		}
	}
	bad, zeros := s.unusable()
	return Info{
		Name:            s.Name,
		Signals:         s.Len(),
		Fluxes:          s.Dim(),
		Wavelength:      Range{s.Wavelength[0], s.Wavelength[s.Dim()-1]},
		InfilledShare:   float64(infilled) / float64(len(s.Flux)),
		Redshift:        finiteRange(s.Redshift),
		FluxPercentiles: s.fluxPercentiles(0, 1, 5, 25, 50, 75, 95, 99, 100),
		PCA:             explained,
		Bad:             bad,
		SHA256:          s.SHA256,
		Notes:           slices.Concat(s.wavelengthNote(), s.zerosNote(zeros)),
	}, nil
}

// DescribeSplit adds to info what can be used of the set by default. It normalises the set.
func (s *Set) DescribeSplit(info *Info, f Fractions, seed uint64) error {
	if err := s.Normalize("rms"); err != nil {
		return err
	}
	info.Split, info.Given, info.Bad = s.Count(s.Split(seed, f)), s.Side != nil, 0
	for _, n := range info.Split.Unusable() {
		info.Bad += n
	}
	groups := map[string]bool{}
	for _, g := range s.Group {
		groups[g] = g != ""
	}
	delete(groups, "")
	info.Groups = len(groups)
	info.Notes = append(info.Notes, info.Split.Notes()...)
	return nil
}

// finiteRange returns the range of the finite values, or nil if there are none.
func finiteRange(values []float64) *Range {
	var r *Range
	for _, v := range values {
		switch {
		case math.IsNaN(v) || math.IsInf(v, 0):
		case r == nil:
			r = &Range{v, v}
		default:
			r.Min, r.Max = min(r.Min, v), max(r.Max, v)
		}
	}
	return r
}

func (s *Set) fluxPercentiles(percents ...float64) []Percentile {
	if s.Scale == nil {
		return percentiles(s.Flux, percents)
	}
	flux := make([]float64, len(s.Flux))
	for i, v := range s.Flux {
		// float32 may have rounded the largest float64 up.
		flux[i] = max(-math.MaxFloat64, min(float64(v)*s.Scale[i/s.Dim()], math.MaxFloat64))
	}
	return percentiles(flux, percents)
}

// percentiles interpolates linearly between order statistics, as NumPy does.
func percentiles[T float32 | float64](values []T, percents []float64) []Percentile {
	sorted := slices.Sorted(slices.Values(values))
	var out []Percentile
	for _, percent := range percents {
		out = append(out, Percentile{percent, quantile.Sorted(sorted, percent/100)})
	}
	return out
}
