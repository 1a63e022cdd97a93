package operators

import (
	"fmt"
	"math"
)

// Params is what a problem's operators are made from.
type Params struct {
	N int // fluxes per signal
	// MissingFraction in [0, 1) is the share of the fluxes that is hidden; the
	// nearest whole number of fluxes is.
	MissingFraction float64
	Seed            uint64 // names the random streams
}

// hidden returns how many of the n fluxes are hidden.
func (p Params) hidden() int { return int(math.Round(p.MissingFraction * float64(p.N))) }

// Family gives the operator that measures a signal, by the signal's identity.
// It may be called from several goroutines at once.
type Family func(signal int) Operator

// Kind is a kind of operator that a spec can name.
type Kind struct {
	Name string
	Doc  string // one sentence
	// Hides tells whether the operator uses the missing fraction.
	Hides bool
	New   func(Params) Family
}

// Kinds lists the operators. A new one is added here.
func Kinds() []Kind {
	return []Kind{inpainting, superResolution, denoising, compressedSensing}
}

// New returns the family of operators of the named kind.
func New(kind string, p Params) (Family, error) {
	if !(p.MissingFraction >= 0 && p.MissingFraction < 1) {
		return nil, fmt.Errorf("operator %s: missing_fraction %g: must be in [0, 1)", kind, p.MissingFraction)
	}
	for _, k := range Kinds() {
		if k.Name == kind {
			return k.New(p), nil
		}
	}
	return nil, fmt.Errorf("operator %q is not known", kind)
}
