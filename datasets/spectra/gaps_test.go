package spectra

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func onGrid(lambda []float64) *Spectrum {
	s := New("x")
	s.Wavelength, s.Flux = slices.Clone(lambda), make([]float64, len(lambda))
	return s
}

func TestFillGaps(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		n := 10 + r.IntN(50)
		lambda := make([]float64, n)
		for i := range lambda {
			lambda[i] = 4000 + float64(i) + 0.4*r.Float64()
		}
		whole := onGrid(lambda)
		if whole.fillGaps(); !slices.Equal(whole.Wavelength, lambda) || whole.Missing != nil {
			t.Fatal("a spectrum without gaps changed")
		}
		first, width := 2+r.IntN(n-5), 10+r.IntN(100)
		for i := first; i < n; i++ {
			lambda[i] += float64(width)
		}
		s := onGrid(lambda)
		s.fillGaps()
		if at := slices.Index(s.Wavelength, lambda[first-1]); s.Measured(at+1) || s.Wavelength[at+1]-lambda[first-1] > 3 {
			t.Fatal("a pixel reaches into a gap")
		}
		if at := slices.Index(s.Wavelength, lambda[first]); s.Measured(at-1) || lambda[first]-s.Wavelength[at-1] > 3 {
			t.Fatal("a pixel reaches back into a gap")
		}
		kept := 0
		for i := range s.Flux {
			if s.Measured(i) {
				kept++
			}
		}
		if kept != n || !slices.IsSorted(s.Wavelength) {
			t.Fatalf("%d of %d pixels are left", kept, n)
		}
	}
}

// A pixel alone between two gaps does not reach into them.
func TestGapsAroundAPixel(t *testing.T) {
	var lambda []float64
	for v := 4000.0; v <= 4200; v++ {
		if v < 4050 || v == 4100 || v >= 4150 {
			lambda = append(lambda, v)
		}
	}
	for name, grid := range map[string][]float64{"between": lambda, "before": lambda[50:], "behind": lambda[:51]} {
		s := onGrid(grid)
		s.fillGaps()
		for i, v := range s.Wavelength {
			if s.Measured(i) != slices.Contains(grid, v) || i > 0 && v-s.Wavelength[i-1] > 1.01 {
				t.Fatalf("%s: the pixel at %g Å comes after %g Å, and was measured %v", name, v, s.Wavelength[i-1], s.Measured(i))
			}
		}
	}
	arms := slices.Clone(lambda[:50]) // of two cameras, the second with wider pixels
	for range 50 {
		arms = append(arms, arms[len(arms)-1]+7)
	}
	both := onGrid(arms)
	if both.fillGaps(); len(both.Wavelength) != len(arms) {
		t.Errorf("a spectrum of two cameras has %d pixels, and now %d", len(arms), len(both.Wavelength))
	}
}

func TestExtend(t *testing.T) {
	s := onGrid([]float64{4000, 4001, 4002})
	s.Extend(3990, 4010)
	n := len(s.Wavelength)
	if s.Wavelength[0] < 3990 || s.Wavelength[0] > 3991.1 || s.Wavelength[n-1] > 4010 || s.Wavelength[n-1] < 4008.9 || !slices.IsSorted(s.Wavelength) || s.share() != 3/float64(n) {
		t.Errorf("got %v", s.Wavelength)
	}
	s = onGrid([]float64{4000, 4001, 4002})
	if s.Extend(1, 1e9); len(s.Wavelength) > 3+2*1003 {
		t.Errorf("got %d pixels", len(s.Wavelength))
	}
	same := onGrid([]float64{4000, 4001, 4002})
	if same.Extend(4000.5, 4001.5); len(same.Wavelength) != 3 || same.Missing != nil {
		t.Error("a spectrum that covers the range changed")
	}
}
