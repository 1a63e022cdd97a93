package spectra

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// role is what a column is for.
type role string

const (
	wavelengthRole role = "wavelength"
	logRole        role = "loglam" // log10 of wavelengths in Å
	fluxRole       role = "flux"
	errorRole      role = "error"
	ivarRole       role = "ivar"
	varianceRole   role = "variance"
	maskRole       role = "mask"
	bitsRole       role = "bits"
	redshiftRole   role = "redshift"
	nameRole       role = "name"
	groupRole      role = "group"
	ebvRole        role = "ebv"
	raRole         role = "ra"
	decRole        role = "dec"
	classRole      role = "class"
	restRole       role = "rest_frame"
	unitRole       role = "flux_unit"
)

// usual are the usual names of columns, in lower case.
var usual = map[role][]string{
	wavelengthRole: {"wavelength", "wave", "wavelengths", "lambda", "lam", "wl", "spectral_axis", "wavelength_vac", "wavelength_air", "wave_air", "lambda_air"},
	logRole:        {"loglam", "log_lambda", "loglambda", "log_wave"},
	fluxRole:       {"flux", "fluxes", "flux_density", "spec", "spectrum", "f_lambda", "flam", "intensity"},
	errorRole:      {"error", "err", "sigma", "uncertainty", "flux_error", "flux_err", "fluxerr", "err_flux", "e_flux", "std", "stddev", "noise", "ferr"},
	ivarRole:       {"ivar", "inverse_variance", "flux_ivar", "invvar", "inv_var"},
	varianceRole:   {"variance", "var", "flux_var", "flux_variance"},
	maskRole:       {"mask", "flag", "flags", "bad", "dq", "quality"},
	bitsRole:       {"and_mask"},
	redshiftRole:   {"redshift", "z"},
	nameRole:       {"name", "spectrum_id", "specid", "id", "object", "targetid", "target"},
	groupRole:      {"group", "thing_id"},
	ebvRole:        {"ebv", "e_bv", "e(b-v)"},
	raRole:         {"ra", "plug_ra", "target_ra"},
	decRole:        {"dec", "plug_dec", "target_dec"},
	classRole:      {"class", "spectype"},
	restRole:       {"rest_frame"},
	unitRole:       {"flux_unit"},
}

// names returns the names that a column of a role may have: what the options say, or else
// the usual ones.
func (o Options) names(r role) []string {
	switch own := o.own(r); {
	case own != "":
		return []string{strings.ToLower(own)}
	case r == logRole && o.Columns.Wavelength != "":
		return nil
	case (r == errorRole || r == ivarRole || r == varianceRole) && (o.Columns.Error != "" || o.Columns.Ivar != ""):
		return nil // the options say which of them there is
	}
	return usual[r]
}

// find returns the index of the column of a role among names, or −1.
func (o Options) find(names []string, r role) int {
	for _, want := range o.names(r) {
		if i := slices.IndexFunc(names, func(name string) bool { return strings.EqualFold(strings.TrimSpace(name), want) }); i >= 0 {
			return i
		}
	}
	return -1
}

// columns are the columns of one spectrum as a file has them.
type columns struct {
	wavelength []float64
	log        bool   // wavelength is log10 of λ in the unit, Å if the file does not say
	unit       string // of wavelengths, "" if the file does not say
	air        bool   // the file says so
	flux       []float64
	spread     []float64 // errors, as kind says; nil if there are none
	kind       role
	mask       []bool // true where not measured
	bits       []uint32
}

// spreadOf returns the role of the column that gives the errors, or "".
func spreadOf(at map[role]int) role {
	for _, kind := range []role{ivarRole, errorRole, varianceRole} {
		if has(at, kind) {
			return kind
		}
	}
	return ""
}

// maxPixels bounds the pixels of a spectrum, and maxText the bytes of a text in a FITS table.
const (
	maxPixels = 1 << 24
	maxText   = 1 << 16
)

// tooMany returns the error about a spectrum of n pixels if these are too many. A file may be
// sparse, so its size bounds nothing, and what is to be read is counted before.
func tooMany(n int) error {
	if n > maxPixels {
		return fmt.Errorf("has %d pixels; expected at most %d", n, maxPixels)
	}
	return nil
}

// lengths are units of wavelengths [Å], in lower case.
var lengths = map[string]float64{
	"angstrom": 1, "angstroms": 1, "ang": 1, "a": 1, "aa": 1, "å": 1, "0.1 nm": 1, "0.1nm": 1, "1e-10 m": 1, "1e-10m": 1,
	"nm": 10, "nanometer": 10, "nanometers": 10, "um": 1e4, "µm": 1e4, "μm": 1e4, "micron": 1e4, "microns": 1e4, "micrometer": 1e4, "m": 1e10, "meter": 1e10,
}

// unitOf returns the length of a unit of wavelengths [Å], and whether wavelengths in it are
// logarithms to the base of 10.
func unitOf(text string) (length float64, log bool, err error) {
	name := strings.ToLower(strings.TrimSpace(text))
	for _, prefix := range []string{"log10(", "log(", "dex("} {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			name, log = strings.TrimSuffix(rest, ")"), true
		}
	}
	length, ok := lengths[name]
	if !ok {
		return 0, false, fmt.Errorf("unit %.40q of wavelengths is unknown; expected a length such as Angstrom, nm or um", text)
	}
	return length, log, nil
}

// fill checks the columns and sets the spectrum from them.
func (c *columns) fill(s *Spectrum, o Options) error {
	n := len(c.flux)
	switch {
	case n == 0:
		return errors.New("has no fluxes")
	case n == 1:
		return errors.New("has a single pixel; expected a spectrum of several")
	case len(c.wavelength) != n:
		return fmt.Errorf("has %d wavelengths and %d fluxes; expected equal numbers", len(c.wavelength), n)
	case c.spread != nil && len(c.spread) != n:
		return fmt.Errorf("has %d errors and %d fluxes; expected equal numbers", len(c.spread), n)
	case c.mask != nil && len(c.mask) != n || c.bits != nil && len(c.bits) != n:
		return fmt.Errorf("has %d fluxes and another number of mask values; expected equal numbers", n)
	}
	if err := tooMany(n); err != nil {
		return err
	}
	if err := c.wavelengths(s, o); err != nil {
		return err
	}
	s.Flux, s.Bits = c.flux, c.bits
	if c.spread != nil {
		s.Ivar = c.ivar()
	}
	s.convert()
	if slices.Contains(c.mask, true) {
		s.Missing = c.mask
	}
	for i, v := range s.Flux {
		if v-v != 0 || s.Ivar != nil && !(s.Ivar[i] > 0) || s.Missing != nil && s.Missing[i] {
			s.Leave(i)
		}
	}
	s.fillGaps()
	return nil
}

// wavelengths sets the wavelengths [Å, in vacuum], ascending.
func (c *columns) wavelengths(s *Spectrum, o Options) error {
	unit := c.unit
	if unit == "" && !c.log {
		unit = o.Unit
	}
	if unit == "" {
		unit = "angstrom"
	}
	length, log, err := unitOf(unit)
	if err != nil {
		return err
	}
	s.Wavelength = make([]float64, len(c.wavelength))
	for i, v := range c.wavelength {
		if c.log || log {
			v = math.Pow(10, v)
		}
		s.Wavelength[i] = v * length
		if !(s.Wavelength[i] > 0) || math.IsInf(s.Wavelength[i], 0) {
			return fmt.Errorf("pixel %d: wavelength %g; expected a positive number", i, v)
		}
	}
	if n := len(s.Wavelength); n > 1 && s.Wavelength[n-1] < s.Wavelength[0] {
		for _, list := range [][]float64{s.Wavelength, c.flux, c.spread} {
			slices.Reverse(list)
		}
		slices.Reverse(c.mask)
		slices.Reverse(c.bits)
	}
	for i := 1; i < len(s.Wavelength); i++ {
		if !(s.Wavelength[i] > s.Wavelength[i-1]) {
			return fmt.Errorf("pixel %d: wavelength %g Å after %g Å; expected them in order, each once", i, s.Wavelength[i], s.Wavelength[i-1])
		}
	}
	if o.Frame == "air" || c.air && o.Frame != "vacuum" {
		AirToVacuum(s.Wavelength)
	}
	return nil
}

// ivar returns inverse variances: 0 where the error is not a usable number.
func (c *columns) ivar() []float64 {
	ivar := make([]float64, len(c.spread))
	for i, v := range c.spread {
		switch {
		case !(v > 0) || math.IsInf(v, 0):
		case c.kind == ivarRole:
			ivar[i] = v
		case c.kind == varianceRole:
			ivar[i] = 1 / v
		default:
			ivar[i] = 1 / v / v
		}
		if math.IsInf(ivar[i], 0) {
			ivar[i] = 0
		}
	}
	return ivar
}
