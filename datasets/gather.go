package datasets

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"sedlab/datasets/spectra"
)

// Dropped is a spectrum that is not in the data set, and why.
type Dropped struct {
	Name   string `json:"name"`
	File   string `json:"file"`
	Row    int    `json:"row"` // in the file, from 0
	Reason string `json:"reason"`
	Unread string `json:"unread,omitempty"` // UnreadFile or UnreadSpectrum if it cannot be read; empty if a step left it out
}

// What cannot be read: a file from Row on, or a spectrum of a file.
const (
	UnreadFile     = "file"
	UnreadSpectrum = "spectrum"
)

// Gatherer makes a data set of spectra, each on a grid of its own.
type Gatherer struct {
	steps  []spectra.Step
	set    Set
	sizes  []float64         // of each signal's largest measured flux
	scales []float64         // powers of 2: signal i is set.Flux·scales[i]
	first  *spectra.Spectrum // of those that were kept
}

// NewGatherer returns a Gatherer that applies steps to each spectrum, in order.
func NewGatherer(steps []spectra.Step) *Gatherer { return &Gatherer{steps: steps} }

// Add adds a spectrum, which it changes, or notes why it is left out. An error is about a
// spectrum that does not match those before it, or a step that cannot be applied.
func (g *Gatherer) Add(s *spectra.Spectrum) error {
	for _, step := range g.steps {
		if err := step.Apply(s); err != nil {
			return g.drop(s, err)
		}
	}
	if g.first == nil {
		g.set.Wavelength, g.first = slices.Clone(s.Wavelength), s
	}
	switch {
	case !slices.Equal(s.Wavelength, g.set.Wavelength):
		return fmt.Errorf("spectrum %s has other wavelengths than %s; a step rebin brings all spectra to one grid", s.Name, g.first.Name)
	case s.Rest != g.first.Rest:
		return fmt.Errorf("of the spectra %s and %s, one is at rest and the other as observed; a step rest_frame brings all spectra to their rest frame", s.Name, g.first.Name)
	case (s.Ivar == nil) != (g.first.Ivar == nil):
		return fmt.Errorf("of the spectra %s and %s, one has errors and the other has none; a data set has them for all or for none", s.Name, g.first.Name)
	}
	g.append(s)
	return nil
}

// Drop notes that a spectrum is left out.
func (g *Gatherer) Drop(d Dropped) { g.set.Dropped = append(g.set.Dropped, d) }

// drop notes the spectrum if err says why it is left out, and otherwise returns err.
func (g *Gatherer) drop(s *spectra.Spectrum, err error) error {
	reason := new(spectra.Drop)
	if !errors.As(err, &reason) {
		return fmt.Errorf("spectrum %s: %w", s.Name, err)
	}
	g.Drop(Dropped{Name: s.Name, File: s.File, Row: s.Row, Reason: reason.Reason})
	return nil
}

// append adds a row. Its fluxes are divided by a power of 2, so that float32 can hold them
// and the inverse variances.
func (g *Gatherer) append(s *spectra.Spectrum) {
	size := 0.0
	for i, v := range s.Flux {
		if s.Measured(i) && v-v == 0 {
			size = max(size, math.Abs(v))
		}
	}
	scale := powerOf2(size)
	for i, v := range s.Flux {
		missing := !s.Measured(i) || v-v != 0
		ivar := 0.0
		switch {
		case missing:
			v = math.NaN() // filled in by infill
		case s.Ivar != nil:
			ivar = s.Ivar[i] * scale * scale
		}
		g.set.Flux = append(g.set.Flux, float32(v/scale))
		g.set.Infilled = append(g.set.Infilled, missing)
		g.set.Ivar = append(g.set.Ivar, clipIvar(ivar))
	}
	g.sizes, g.scales = append(g.sizes, size), append(g.scales, scale)
	g.set.Names = append(g.set.Names, s.Name)
	g.set.Redshift = append(g.set.Redshift, s.Redshift)
	group := s.Group
	if group == "" {
		group = s.Name
	}
	g.set.Group = append(g.set.Group, group)
}

// Len returns the number of spectra that were kept.
func (g *Gatherer) Len() int { return len(g.sizes) }

// Dropped returns the number of spectra that were left out.
func (g *Gatherer) Dropped() int { return len(g.set.Dropped) }

// Truncate forgets all spectra but the first ones.
func (g *Gatherer) Truncate(kept, dropped int) {
	n := g.set.Dim()
	g.set.Flux, g.set.Ivar, g.set.Infilled = g.set.Flux[:kept*n], g.set.Ivar[:kept*n], g.set.Infilled[:kept*n]
	g.set.Names, g.set.Group, g.set.Redshift = g.set.Names[:kept], g.set.Group[:kept], g.set.Redshift[:kept]
	g.sizes, g.scales, g.set.Dropped = g.sizes[:kept], g.scales[:kept], g.set.Dropped[:dropped]
}

// Set returns the data set. Its signals are in the order of Add. It is an error if no
// spectrum was kept.
func (g *Gatherer) Set() (*Set, error) {
	set := g.set
	if g.Len() == 0 {
		return nil, errors.New(cmp.Or(DroppedNote(set.Dropped), "there is no spectrum"))
	}
	set.Rest = g.first.Rest
	n := set.Dim()
	set.Scale = chooseScales(g.sizes, g.first.Ivar != nil)
	for i, own := range g.scales {
		ratio := own / set.scaleOf(i) // a power of 2
		for j := i * n; j < (i+1)*n; j++ {
			set.Flux[j] *= float32(ratio)
			set.Ivar[j] = clipIvar(float64(set.Ivar[j]) / ratio / ratio)
		}
	}
	if g.first.Ivar == nil {
		set.Ivar = nil
	}
	if !slices.Contains(set.Infilled, true) {
		set.Infilled = nil
	}
	set.infill()
	return &set, nil
}

// UnreadNote says how many files and spectra were left out because they cannot be read, or "".
func UnreadNote(dropped []Dropped) string {
	var parts []string
	for _, kind := range []struct{ unread, several string }{{UnreadFile, "files"}, {UnreadSpectrum, "spectra"}} {
		n := 0
		for _, d := range dropped {
			if d.Unread == kind.unread {
				n++
			}
		}
		switch {
		case n == 1:
			parts = append(parts, "1 "+kind.unread)
		case n > 1:
			parts = append(parts, fmt.Sprintf("%d %s", n, kind.several))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "left out because unreadable: " + strings.Join(parts, " and ")
}

// DroppedNote says how many spectra were left out, and why the first was, or "".
func DroppedNote(dropped []Dropped) string {
	if len(dropped) == 0 {
		return ""
	}
	first := dropped[0]
	return fmt.Sprintf("spectra left out: %d, the first of them %s: %s", len(dropped), first.Name, first.Reason)
}
