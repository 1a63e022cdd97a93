package spectra

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"sedlab/internal/yamlpos"
)

// Mask marks pixels as not measured. Those without inverse variance, or whose flux is not a
// number, count as such anyway; astroML's recipe leaves out no others before it rebins. The
// pipeline of SDSS, when it fitted redshifts, left out BRIGHTSKY too (idlspec2d, skymask). Mask
// bits do not survive rebin.
var Mask = StepKind{
	Name:    "mask",
	Doc:     "Marks pixels as not measured, in addition to those without inverse variance: by mask bits, around sky lines, in ranges and at both ends.",
	Version: 1,
	New:     func() Step { return new(MaskConfig) },
}

// MaskConfig holds the keys of Mask.
type MaskConfig struct {
	Bits     []string  `spec:"bits" default:"[]" example:"[BRIGHTSKY]" doc:"mask bits to leave out: the names of SDSS's spPixMask, or numbers from 0 for other surveys"`
	SkyLines []float64 `spec:"sky_lines" default:"[]" example:"[5578.89, 5891.58, 5897.56, 6302.05, 6365.54]" range:"(0,inf)" unit:"Å" doc:"observed wavelengths in vacuum of lines of the night sky to leave out; the example has the strong ones of O I and Na I"`
	SkyWidth float64   `spec:"sky_width" default:"8" range:"(0,1000]" unit:"Å" doc:"half width of what is left out around a sky line"`
	Ranges   []float64 `spec:"ranges" default:"[]" example:"[6860, 6930, 7590, 7720]" range:"(0,inf)" unit:"Å" doc:"pairs of wavelengths in vacuum, from, to, from, to, between which all is left out"`
	Frame    string    `spec:"frame" default:"observed" enum:"observed|rest" doc:"frame of the wavelengths in ranges"`
	Edges    int       `spec:"edges" default:"0" example:"10" range:"[0,1000000]" doc:"measured pixels to leave out at each end, where the flux calibration is worst"`
}

// pixMask are the bits of SDSS's spPixMask (Stoughton et al. 2002, AJ 123, 485, table 11).
var pixMask = map[string]int{
	"NOPLUG": 0, "BADTRACE": 1, "BADFLAT": 2, "BADARC": 3, "MANYBADCOLUMNS": 4, "MANYREJECTED": 5, "LARGESHIFT": 6, "BADSKYFIBER": 7,
	"NEARWHOPPER": 8, "WHOPPER": 9, "SMEARIMAGE": 10, "SMEARHIGHSN": 11, "SMEARMEDSN": 12, "NEARBADPIXEL": 16, "LOWFLAT": 17,
	"FULLREJECT": 18, "PARTIALREJECT": 19, "SCATTEREDLIGHT": 20, "CROSSTALK": 21, "NOSKY": 22, "BRIGHTSKY": 23, "NODATA": 24,
	"COMBINEREJ": 25, "BADFLUXFACTOR": 26, "BADSKYCHI": 27, "REDMONSTER": 28,
}

// bits returns the mask bits as a number.
func (c *MaskConfig) bits() (mask uint32, err error) {
	for _, word := range c.Bits {
		bit, ok := pixMask[word]
		if !ok {
			n, err := strconv.Atoi(word)
			if err != nil || n < 0 || n > 31 {
				names := make([]string, 0, len(pixMask))
				for name := range pixMask {
					names = append(names, name)
				}
				slices.Sort(names)
				return 0, fmt.Errorf("got %q; %s, or a number from 0 to 31", word, yamlpos.Instead(word, names))
			}
			bit = n
		}
		mask |= 1 << bit
	}
	return mask, nil
}

// Check requires known bits and ascending pairs of wavelengths.
func (c *MaskConfig) Check() (errs []KeyError) {
	if _, err := c.bits(); err != nil {
		errs = append(errs, KeyError{Key: "bits", Problem: err.Error()})
	}
	if len(c.Ranges)%2 != 0 {
		return append(errs, KeyError{Key: "ranges", Problem: fmt.Sprintf("got %d wavelengths; expected pairs", len(c.Ranges))})
	}
	for i := 0; i < len(c.Ranges); i += 2 {
		if c.Ranges[i] >= c.Ranges[i+1] {
			errs = append(errs, KeyError{Key: "ranges", Problem: fmt.Sprintf("got %g to %g; expected an ascending pair", c.Ranges[i], c.Ranges[i+1])})
		}
	}
	return errs
}

// Apply marks the pixels. It drops a spectrum without mask bits if the keys ask for them, and
// one of unknown redshift if the keys are in another frame than the spectrum.
func (c *MaskConfig) Apply(s *Spectrum) error {
	mask, err := c.bits()
	if err != nil {
		return err
	}
	if mask != 0 && s.Bits == nil {
		return &Drop{"no mask bits, which step mask asks for: the file has none, or step rebin came before"}
	}
	sky, ranges := 1.0, 1.0 // what turns the spectrum's wavelengths into those of the keys
	if s.Rest {
		sky = 1 + s.Redshift
	}
	switch {
	case s.Rest && c.Frame == "observed":
		ranges = 1 + s.Redshift
	case !s.Rest && c.Frame == "rest":
		ranges = 1 / (1 + s.Redshift)
	}
	if len(c.SkyLines) > 0 && math.IsNaN(sky) || len(c.Ranges) > 0 && math.IsNaN(ranges) {
		return &Drop{"redshift unknown; step mask needs it for wavelengths in another frame"}
	}
	for i, lambda := range s.Wavelength {
		if s.Bits != nil && s.Bits[i]&mask != 0 || c.inSkyLine(lambda*sky) || c.inRange(lambda*ranges) {
			s.Leave(i)
		}
	}
	c.trim(s)
	return nil
}

func (c *MaskConfig) inSkyLine(lambda float64) bool {
	return slices.ContainsFunc(c.SkyLines, func(line float64) bool { return math.Abs(lambda-line) <= c.SkyWidth })
}

func (c *MaskConfig) inRange(lambda float64) bool {
	for i := 0; i+1 < len(c.Ranges); i += 2 {
		if c.Ranges[i] <= lambda && lambda <= c.Ranges[i+1] {
			return true
		}
	}
	return false
}

// trim leaves out the outermost measured pixels.
func (c *MaskConfig) trim(s *Spectrum) {
	n := len(s.Flux)
	for _, at := range []func(i int) int{func(i int) int { return i }, func(i int) int { return n - 1 - i }} {
		for i, left := 0, c.Edges; i < n && left > 0; i++ {
			if s.Measured(at(i)) {
				s.Leave(at(i))
				left--
			}
		}
	}
}
