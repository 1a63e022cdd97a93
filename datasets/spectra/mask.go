package spectra

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"sedlab/internal/yamlpos"
)

// Mask marks pixels as not measured.
var Mask = StepKind{
	Name:    "mask",
	Doc:     "Marks pixels as not measured, in addition to those without inverse variance: by mask bits, at both ends, around sky lines and in ranges.",
	Version: 1,
	New:     func() Step { return new(MaskConfig) },
}

// MaskConfig holds the keys of Mask.
type MaskConfig struct {
	Bits     []string  `spec:"bits" default:"[]" example:"[NOSKY, BRIGHTSKY]" doc:"mask bits to leave out: the names of SDSS's spPixMask, or numbers from 0"`
	Edges    int       `spec:"edges" default:"0" example:"10" range:"[0,1000000]" doc:"measured pixels to leave out at each end, where the flux calibration is worst"`
	SkyLines bool      `spec:"sky_lines" default:"false" example:"true" doc:"leave out what is within sky_width of the strong lines of the night sky: 5577, 5890, 5896, 6300 and 6364 Å"`
	SkyWidth float64   `spec:"sky_width" default:"8" range:"(0,1000]" unit:"Å" doc:"half width of what is left out around a sky line"`
	Ranges   []float64 `spec:"ranges" default:"[]" example:"[6860, 6930, 7590, 7720]" range:"(0,inf)" unit:"Å" doc:"pairs of observed wavelengths in vacuum between which all is left out"`
}

// pixMask are the bits of SDSS's spPixMask (Stoughton et al. 2002, AJ 123, 485, table 11).
var pixMask = map[string]int{
	"NOPLUG": 0, "BADTRACE": 1, "BADFLAT": 2, "BADARC": 3, "MANYBADCOLUMNS": 4, "MANYREJECTED": 5, "LARGESHIFT": 6, "BADSKYFIBER": 7,
	"NEARWHOPPER": 8, "WHOPPER": 9, "SMEARIMAGE": 10, "SMEARHIGHSN": 11, "SMEARMEDSN": 12, "NEARBADPIXEL": 16, "LOWFLAT": 17,
	"FULLREJECT": 18, "PARTIALREJECT": 19, "SCATTEREDLIGHT": 20, "CROSSTALK": 21, "NOSKY": 22, "BRIGHTSKY": 23, "NODATA": 24,
	"COMBINEREJ": 25, "BADFLUXFACTOR": 26, "BADSKYCHI": 27, "REDMONSTER": 28,
}

// skyLines are strong lines of the night sky [Å, in vacuum]: O I, Na I, O I.
var skyLines = []float64{5578.89, 5891.58, 5897.56, 6302.05, 6365.54}

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

// Check requires known bits and pairs of wavelengths.
func (c *MaskConfig) Check() (errs []KeyError) {
	if _, err := c.bits(); err != nil {
		errs = append(errs, KeyError{Key: "bits", Problem: err.Error()})
	}
	if len(c.Ranges)%2 != 0 {
		errs = append(errs, KeyError{Key: "ranges", Problem: fmt.Sprintf("has %d wavelengths; expected pairs", len(c.Ranges))})
	}
	return errs
}

// Apply marks the pixels.
func (c *MaskConfig) Apply(s *Spectrum) error {
	mask, err := c.bits()
	if err != nil {
		return err
	}
	observed := 1.0
	if s.Rest && s.Redshift-s.Redshift == 0 {
		observed += s.Redshift
	}
	for i, lambda := range s.Wavelength {
		if s.Bits != nil && s.Bits[i]&mask != 0 || c.hits(lambda*observed) {
			s.Leave(i)
		}
	}
	c.trim(s)
	return nil
}

// hits reports whether an observed wavelength is to be left out.
func (c *MaskConfig) hits(lambda float64) bool {
	for i := 0; i+1 < len(c.Ranges); i += 2 {
		if c.Ranges[i] <= lambda && lambda <= c.Ranges[i+1] {
			return true
		}
	}
	return c.SkyLines && slices.ContainsFunc(skyLines, func(line float64) bool { return math.Abs(lambda-line) <= c.SkyWidth })
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
