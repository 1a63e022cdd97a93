package rebin_test

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"sedlab/internal/kind/kindtest"
	"sedlab/internal/rebin"
)

func all(int) bool { return true }

// Numbers are those of the Python package spectres; testdata/record.py recorded them.
func TestAgreesWithSpectres(t *testing.T) {
	text, err := os.ReadFile("testdata/spectres.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		From, To, Flux, Error, NewFlux, NewError []float64
	}
	if err := json.Unmarshal(text, &cases); err != nil || len(cases) == 0 {
		t.Fatal(len(cases), err)
	}
	for n, c := range cases {
		m, err := rebin.New(c.From, c.To)
		if err != nil {
			t.Fatal(err)
		}
		variance := make([]float64, len(c.Error))
		for i, e := range c.Error {
			variance[i] = e * e
		}
		for j, want := range c.NewFlux {
			mean, v, coverage := m.Mean(j, c.Flux, variance, all)
			if math.Abs(mean-want) > 1e-9*math.Abs(want) || math.Abs(math.Sqrt(v)-c.NewError[j]) > 1e-9*c.NewError[j] || coverage < 1-1e-9 {
				t.Errorf("case %d, pixel %d: %g ± %g, coverage %g; expected %g ± %g", n, j, mean, math.Sqrt(v), coverage, want, c.NewError[j])
			}
		}
	}
}

func TestConservesFlux(t *testing.T) {
	from, to := []float64{1, 2, 3.5, 4, 6, 7}, []float64{0, 2.2, 3, 8, 9}
	flux := []float64{1, -2, 5, 3, 0.5, 2}
	m, err := rebin.New(from, to)
	if err != nil {
		t.Fatal(err)
	}
	edges, newEdges := rebin.Edges(from), rebin.Edges(to)
	var before, after float64
	for i, f := range flux {
		before += f * (edges[i+1] - edges[i])
	}
	for j := range to {
		if mean, _, coverage := m.Mean(j, flux, nil, all); coverage > 0 {
			after += mean * coverage * (newEdges[j+1] - newEdges[j])
		}
	}
	if math.Abs(before-after) > 1e-12 {
		t.Errorf("the integral is %g, then %g", before, after)
	}
}

func TestEdgeCases(t *testing.T) {
	same := []float64{1, 2, 4}
	m, err := rebin.New(same, same)
	if err != nil {
		t.Fatal(err)
	}
	for j, want := range []float64{7, 8, 9} {
		if mean, v, _ := m.Mean(j, []float64{7, 8, 9}, []float64{1, 2, 3}, all); mean != want || math.Abs(v-float64(j+1)) > 1e-12 {
			t.Errorf("on the same grid, pixel %d is %g with variance %g", j, mean, v)
		}
	}
	far, err := rebin.New(same, []float64{10, 11})
	if err != nil {
		t.Fatal(err)
	}
	if mean, _, coverage := far.Mean(0, []float64{7, 8, 9}, nil, all); !math.IsNaN(mean) || coverage != 0 {
		t.Errorf("outside: %g, coverage %g", mean, coverage)
	}
	for _, bad := range [][]float64{nil, {1}, {2, 1}, {1, 1}, {1, math.NaN()}, {1, math.Inf(1)}, {-1e308, 1e308}, {0, 5e-324}} {
		if _, err := rebin.New(bad, same); err == nil {
			t.Errorf("grid %v is accepted", bad)
		}
		if _, err := rebin.New(same, bad); err == nil {
			t.Errorf("new grid %v is accepted", bad)
		}
	}
}

// grid returns n centres with steps of 0.1 to 2 between them.
func grid(rnd *rand.Rand, start float64, n int) []float64 {
	list := make([]float64, n)
	for i := range list {
		list[i] = start
		start += 0.1 + 1.9*rnd.Float64()
	}
	return list
}

// Apply is Mean with all pixels, and 0 outside of the old grid. A mean has less variance than
// what it is of.
func TestApplyIsMean(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	from, to := grid(rnd, 10, 40), grid(rnd, 5, 60)
	m, err := rebin.New(from, to)
	if err != nil {
		t.Fatal(err)
	}
	flux, variance := make([]float64, 40), make([]float64, 40)
	for i := range variance {
		flux[i], variance[i] = rnd.NormFloat64(), 2
	}
	mean := make([]float64, 60)
	rebin.Apply(m, mean, flux)
	for j := range to {
		want, v, coverage := m.Mean(j, flux, variance, all)
		if coverage != m.Coverage(j) && math.Abs(coverage-m.Coverage(j)) > 1e-12 {
			t.Errorf("pixel %d: coverage %g and %g", j, coverage, m.Coverage(j))
		}
		if coverage == 0 {
			want = 0
		}
		if math.Abs(mean[j]-want) > 1e-12 {
			t.Errorf("pixel %d: %g, expected %g", j, mean[j], want)
		}
		if _, w := m.Row(j); len(w) > 0 && !(v <= 2+1e-12 && v >= 2/float64(len(w))-1e-12) {
			t.Errorf("pixel %d: %d pixels of variance 2 have a mean of variance %g", j, len(w), v)
		}
	}
	kindtest.Panics(t, "too few fluxes", func() { rebin.Apply(m, mean, flux[1:]) })
	kindtest.Panics(t, "too few new fluxes", func() { rebin.Apply(m, mean[1:], flux) })
}

// A cubic has the spline's form, so its means are exact; on the same grid, all fluxes are.
func TestSmooth(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	from, to := grid(rnd, 10, 30), grid(rnd, 5, 40)
	same, err := rebin.Smooth(from, from, from)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range same {
		if math.Abs(v-from[i]) > 1e-11*from[i] {
			t.Errorf("on the same grid, flux %d of %g is %g", i, from[i], v)
		}
	}
	power := func(x []float64) []float64 { // means of 3(ln λ)² over the pixels
		edges, list := rebin.Edges(logs(x)), make([]float64, len(x))
		for i := range list {
			a, b := edges[i], edges[i+1]
			list[i] = a*a + a*b + b*b
		}
		return list
	}
	got, err := rebin.Smooth(from, to, power(from))
	if err != nil {
		t.Fatal(err)
	}
	inside, a, b := 0, rebin.Edges(logs(from)), rebin.Edges(logs(to))
	for j, want := range power(to) {
		if out := b[j] < a[0] || b[j+1] > a[len(a)-1]; out != math.IsNaN(got[j]) || !out && math.Abs(got[j]-want) > 1e-9*want {
			t.Errorf("pixel %d: %g, expected %g, outside: %v", j, got[j], want, out)
		} else if !out {
			inside++
		}
	}
	if inside < 20 {
		t.Errorf("%d pixels were compared", inside)
	}
	for _, bad := range [][]float64{{1, 2, 3}, {-1, 1, 2, 3}, {0, 1, 2, 3}, {1, 2, 2, 3}} {
		if _, err := rebin.Smooth(bad, to, bad); err == nil {
			t.Errorf("grid %v is accepted", bad)
		}
	}
}

func logs(list []float64) (out []float64) {
	for _, v := range list {
		out = append(out, math.Log(v))
	}
	return out
}

// FuzzNew reads two grids from bytes, the first of n pixels.
func FuzzNew(f *testing.F) {
	add := func(n int, grids ...float64) {
		var text []byte
		for _, v := range grids {
			text = binary.LittleEndian.AppendUint64(text, math.Float64bits(v))
		}
		f.Add(uint8(n), text)
	}
	add(3, 1, 2, 3, 1.5, 2.5)
	add(2, -math.MaxFloat64, math.MaxFloat64, 0, 1)
	add(2, 0, math.SmallestNonzeroFloat64, 0, 1)
	add(4, 1, math.Nextafter(1, 2), math.Nextafter(1, 3), 4, 1, 1)
	add(4, 1e-300, 1, 1e300, 1e308, 1, 2, 3, 4, 5)
	f.Fuzz(func(t *testing.T, n uint8, text []byte) {
		var list []float64
		for ; len(text) >= 8; text = text[8:] {
			list = append(list, math.Float64frombits(binary.LittleEndian.Uint64(text)))
		}
		from, to := list[:min(int(n), len(list))], list[min(int(n), len(list)):]
		if _, err := rebin.Smooth(from, to, from); err == nil && len(from) < 4 {
			t.Error("a spline through too few edges")
		}
		m, err := rebin.New(from, to)
		if err != nil {
			return
		}
		stored := 0
		for j := range to {
			_, weights := m.Row(j)
			stored += len(weights)
			sum := 0.0
			for _, w := range weights {
				if !(w >= 0 && w <= 1) {
					t.Errorf("weight %g", w)
				}
				sum += w
			}
			if c := m.Coverage(j); !(c >= 0 && c <= 1) || len(weights) > 0 && math.Abs(sum-1) > 1e-9 {
				t.Errorf("coverage %g, weights %v", c, weights)
			}
		}
		if stored >= len(from)+len(to) {
			t.Errorf("%d weights for grids of %d and %d", stored, len(from), len(to))
		}
	})
}

func BenchmarkRebin(b *testing.B) {
	from, to := make([]float64, 3800), make([]float64, 1000)
	for i := range from {
		from[i] = 3600 * math.Pow(10, 1e-4*float64(i))
	}
	for j := range to {
		to[j] = 3600 * math.Pow(10, 3.8e-4*float64(j))
	}
	m, err := rebin.New(from, to)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("new", func(b *testing.B) {
		for b.Loop() {
			if _, err := rebin.New(from, to); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("apply", func(b *testing.B) {
		for b.Loop() {
			rebin.Apply(m, to, from)
		}
	})
	b.Run("mean", func(b *testing.B) {
		for b.Loop() {
			for j := range to {
				m.Mean(j, from, from, all)
			}
		}
	})
}
