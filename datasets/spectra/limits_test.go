package spectra

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
)

// sparse is a FITS file whose data are all zero.
type sparse struct {
	headers map[int64]string // by the byte where they begin
	size    int64
}

func (s *sparse) ReadAt(p []byte, at int64) (int, error) {
	if at+int64(len(p)) > s.size {
		return 0, io.EOF
	}
	clear(p)
	for begin, header := range s.headers {
		lo, hi := max(at, begin), min(at+int64(len(p)), begin+int64(len(header)))
		if lo < hi {
			copy(p[lo-at:], header[lo-begin:hi-begin])
		}
	}
	return len(p), nil
}

// add adds an HDU with some bytes of data.
func (s *sparse) add(data int64, cards ...string) *sparse {
	if s.headers == nil {
		s.headers = map[int64]string{}
	}
	text := ""
	for _, card := range append(cards, "END") {
		text += fmt.Sprintf("%-80s", card)
	}
	text += strings.Repeat(" ", (2880-len(text)%2880)%2880)
	s.headers[s.size] = text
	s.size += int64(len(text)) + (data+2879)/2880*2880
	return s
}

// table adds a table with columns of names and forms.
func (s *sparse) table(width, rows int64, columns ...string) *sparse {
	cards := []string{
		"XTENSION= 'BINTABLE'", "BITPIX  = 8", "NAXIS   = 2", fmt.Sprint("NAXIS1  = ", width), fmt.Sprint("NAXIS2  = ", rows),
		"PCOUNT  = 0", "GCOUNT  = 1", fmt.Sprint("TFIELDS = ", len(columns)/2),
	}
	for i := 0; i < len(columns); i += 2 {
		cards = append(cards, fmt.Sprintf("TTYPE%d  = '%s'", i/2+1, columns[i]), fmt.Sprintf("TFORM%d  = '%s'", i/2+1, columns[i+1]))
	}
	return s.add(width*rows, cards...)
}

// image adds an image of rows of n bytes.
func (s *sparse) image(name string, n, rows int64) *sparse {
	return s.add(n*rows, "XTENSION= 'IMAGE'", "BITPIX  = 8", "NAXIS   = 2", fmt.Sprint("NAXIS1  = ", n), fmt.Sprint("NAXIS2  = ", rows),
		"PCOUNT  = 0", "GCOUNT  = 1", "EXTNAME = '"+name+"'")
}

// What has too many pixels is refused before it is read.
func TestTooManyPixels(t *testing.T) {
	if tooMany(maxPixels) != nil || tooMany(maxPixels+1) == nil {
		t.Fatalf("%d pixels: %v", maxPixels, tooMany(maxPixels))
	}
	const n = 1 << 27
	empty := func() *sparse { return new(sparse).add(0, "SIMPLE  = T", "BITPIX  = 8", "NAXIS   = 0") }
	for name, file := range map[string]*sparse{
		"a pixel in each row":    empty().table(2, n, "wave", "B", "flux", "B"),
		"a spectrum in each row": empty().table(2*n, 3, "wave", fmt.Sprint(n, "B"), "flux", fmt.Sprint(n, "B")),
		"other columns":          empty().table(n+2, 3, "wave", "1B", "flux", "1B", "mask", fmt.Sprint(n, "B")),
		"a long text":            empty().table(n+4, 3, "wave", "2B", "flux", "2B", "name", fmt.Sprint(n, "A")),
		"an image":               new(sparse).add(n, "SIMPLE  = T", "BITPIX  = 8", "NAXIS   = 1", fmt.Sprint("NAXIS1  = ", n), "CRVAL1  = 4000.0", "CDELT1  = 1.0"),
		"desi": empty().add(n, "XTENSION= 'IMAGE'", "BITPIX  = 8", "NAXIS   = 1", fmt.Sprint("NAXIS1  = ", n), "PCOUNT  = 0", "GCOUNT  = 1", "EXTNAME = 'B_WAVELENGTH'").
			image("B_FLUX", n, 3).image("B_IVAR", n, 3),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := error(nil)
		for _, err = range ReadFrom(t.Context(), "f", file, file.size, Options{}) {
		}
		runtime.ReadMemStats(&after)
		if mib := (after.TotalAlloc - before.TotalAlloc) >> 20; err == nil || !strings.Contains(err.Error(), "expected at most") || mib > 16 {
			t.Errorf("%s: takes %d MiB, error %v", name, mib, err)
		}
	}
}
