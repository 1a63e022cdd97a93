package reconstruct_test

import (
	"context"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"
	"testing"

	"sedlab/datasets/spectra"
	"sedlab/framework/reconstruct"
	"sedlab/framework/repaired"
	"sedlab/internal/record"
	"sedlab/internal/safetensors"
	"sedlab/priors"
	"sedlab/priors/pca"
	"sedlab/solvers"
)

const (
	fluxes = 300
	noise  = 0.03
)

// grid returns the prior's wavelengths: 300 pixels from 4000 Å, each 10^0.0004 times the one before.
func grid() []float64 {
	lambda := make([]float64, fluxes)
	for i := range lambda {
		lambda[i] = 4000 * math.Pow(10, 0.0004*float64(i))
	}
	return lambda
}

// truth returns a signal of three components with lines, on a grid of rest wavelengths.
func truth(r *rand.Rand, lambda []float64) []float64 {
	a, b, c := r.NormFloat64(), r.NormFloat64(), r.NormFloat64()
	x := make([]float64, len(lambda))
	for i, l := range lambda {
		t := (l - 4000) / 1270
		line := func(at, width float64) float64 { return math.Exp(-(l - at) * (l - at) / 2 / width / width) }
		x[i] = 1 + 0.1*a*math.Sin(5*t) + 0.05*b*math.Cos(9*t) + 0.05*c*t + (0.3+0.05*a)*line(4340, 12) - (0.4+0.05*b)*line(4861, 15) + 0.2*line(5007, 10)
	}
	return x
}

// signals returns N noisy signals with a root mean square of 1, and their inverse variances.
func signals(n int, seed uint64) (flux [][]float32, ivar [][]float32) {
	r := rand.New(rand.NewPCG(seed, 1))
	for range n {
		x := truth(r, grid())
		sum := 0.0
		for i := range x {
			x[i] += noise * r.NormFloat64()
			sum += x[i] * x[i]
		}
		norm := math.Sqrt(sum / fluxes)
		row, w := make([]float32, fluxes), make([]float32, fluxes)
		for i, v := range x {
			row[i], w[i] = float32(v/norm), float32(norm*norm/noise/noise)
		}
		flux, ivar = append(flux, row), append(ivar, w)
	}
	return flux, ivar
}

// model returns a calibrated prior.
func model(t testing.TB) *reconstruct.Model {
	t.Helper()
	m, err := calibrated()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

var calibrated = sync.OnceValues(func() (*reconstruct.Model, error) {
	train, trainIvar := signals(300, 1)
	prior, err := (&pca.Config{CodeDim: 5}).Train(context.Background(), priors.Data{Flux: slices.Concat(train...), Dim: fluxes})
	if err != nil {
		return nil, err
	}
	m := &reconstruct.Model{
		Prior: prior, Wavelength: grid(),
		Solver: &solvers.RegularizationConfig{Adam: solvers.Adam{Steps: 10, LR: 0.1, Restarts: 1, Schedule: "constant"}, Lambda: 1e-4},
	}
	learned := reconstruct.Signals{Flux: train, Ivar: trainIvar, Infilled: make([][]bool, len(train))}
	if err := m.Learn(context.Background(), learned); err != nil {
		return nil, err
	}
	flux, ivar := signals(100, 2)
	v := reconstruct.Signals{Flux: flux, Ivar: ivar, Infilled: make([][]bool, len(flux))}
	return m, m.Calibrate(context.Background(), v, func(int, int) {})
})

// spectrum returns a fresh spectrum at a redshift, on the prior's pixels, and its noise-free
// flux.
func spectrum(r *rand.Rand, z float64) (*spectra.Spectrum, []float64) {
	s := spectra.New("fresh")
	s.Redshift = z
	clean := truth(r, grid())
	for i, l := range grid() {
		s.Wavelength = append(s.Wavelength, l*(1+z))
		s.Flux = append(s.Flux, clean[i]+noise*r.NormFloat64())
		s.Ivar = append(s.Ivar, 1/noise/noise)
	}
	return s, clean
}

func reconstructed(t testing.TB, m *reconstruct.Model, list []*spectra.Spectrum, o reconstruct.Options) []*repaired.Spectrum {
	t.Helper()
	out, err := m.Reconstruct(t.Context(), list, o)
	if err != nil || len(out) != len(list) {
		t.Fatal(len(out), err)
	}
	return out
}

// Of the hidden fluxes of fresh spectra, about 68 % are within their bands, in windows and
// scattered ones, and few of the spectra count as unlike the training spectra.
func TestBandsCover(t *testing.T) {
	m := model(t)
	r := rand.New(rand.NewPCG(3, 3))
	for name, hidden := range map[string]func(i int) bool{
		"window 20 %": func(i int) bool { return i > 100 && i <= 160 },
		"window 60 %": func(i int) bool { return i > 60 && i <= 240 },
		"every third": func(i int) bool { return i%3 == 0 },
	} {
		var list []*spectra.Spectrum
		var all [][]float64
		for range 100 {
			s, _ := spectrum(r, 0.1)
			all = append(all, slices.Clone(s.Flux))
			for i := range s.Flux {
				if hidden(i) {
					s.Leave(i)
					s.Flux[i] = math.NaN()
				}
			}
			list = append(list, s)
		}
		covered, total, unlike := 0, 0, 0
		for k, x := range reconstructed(t, m, list, reconstruct.Options{}) {
			if x.Status != record.StatusOK || len(x.Flux) != fluxes {
				t.Fatalf("%s: status %q, %d fluxes", name, x.Status, len(x.Flux))
			}
			if x.Unlike {
				unlike++
			}
			for i, v := range all[k] {
				if !hidden(i) {
					continue
				}
				total++
				if x.Filled[i] && x.Low[i] <= v && v <= x.High[i] {
					covered++
				}
			}
		}
		if share := float64(covered) / float64(total); share < 0.63 || share > 0.73 {
			t.Errorf("%s: %.3f of the hidden fluxes are within their bands", name, share)
		}
		if unlike > 3 {
			t.Errorf("%s: %d of 100 spectra count as unlike the training spectra", name, unlike)
		}
	}
}

// A spectrum in another unit, at another redshift, or on wider pixels has the same answer.
func TestInvariance(t *testing.T) {
	m := model(t)
	s, _ := spectrum(rand.New(rand.NewPCG(4, 4)), 0.1)
	for i := 100; i < 160; i++ {
		s.Leave(i)
	}
	scaled, moved, wide := *s, *s, *s
	scaled.Flux, scaled.Ivar = nil, nil
	for i, v := range s.Flux {
		scaled.Flux, scaled.Ivar = append(scaled.Flux, v*1e-17), append(scaled.Ivar, s.Ivar[i]*1e34)
	}
	moved.Redshift, moved.Wavelength = 0.5, nil
	for _, l := range s.Wavelength {
		moved.Wavelength = append(moved.Wavelength, l/1.1*1.5)
	}
	wide.Wavelength, wide.Flux, wide.Ivar, wide.Missing = nil, nil, nil, nil
	for i := 0; i+1 < fluxes; i += 2 {
		w := s.Ivar[i] + s.Ivar[i+1]
		wide.Wavelength, wide.Flux = append(wide.Wavelength, (s.Wavelength[i]+s.Wavelength[i+1])/2), append(wide.Flux, (s.Flux[i]+s.Flux[i+1])/2)
		wide.Ivar = append(wide.Ivar, w)
	}
	out := reconstructed(t, m, []*spectra.Spectrum{s, &scaled, &moved, &wide}, reconstruct.Options{})
	want := out[0]
	at := func(x *repaired.Spectrum, z float64, lambda float64) float64 {
		i, _ := slices.BinarySearch(x.Wavelength, lambda*(1+z))
		i = min(max(i, 1), len(x.Wavelength)-1)
		f := (lambda*(1+z) - x.Wavelength[i-1]) / (x.Wavelength[i] - x.Wavelength[i-1])
		return x.Flux[i-1]*(1-f) + x.Flux[i]*f
	}
	for _, c := range []struct {
		name             string
		x                *repaired.Spectrum
		z, scale, within float64
	}{{"times 1e-17", out[1], 0.1, 1e17, 1e-5}, {"another redshift", out[2], 0.5, 1, 1e-5}, {"wider pixels", out[3], 0.1, 1, 0.04}} {
		worst := 0.0
		for _, l := range grid()[3 : fluxes-3] {
			worst = math.Max(worst, math.Abs(at(c.x, c.z, l)*c.scale-at(want, 0.1, l)))
		}
		if worst > c.within || c.x.Unlike != want.Unlike {
			t.Errorf("%s: differs by %g, unlike %v and %v", c.name, worst, c.x.Unlike, want.Unlike)
		}
	}
}

// A spectrum of waves is unlike the training spectra, whatever its errors are said to be. A
// noisy one is like them, and so is one whose errors are said to be far too small, and one of
// which little was measured; a handful of measurements is not judged.
func TestUnlike(t *testing.T) {
	m := model(t)
	r := rand.New(rand.NewPCG(5, 5))
	waves := func(s *spectra.Spectrum) {
		for i := range s.Flux {
			s.Flux[i] = 1 + 0.1*math.Sin(float64(i)/7) + noise*r.NormFloat64()
		}
	}
	errors := func(by float64) func(*spectra.Spectrum) {
		return func(s *spectra.Spectrum) {
			for i := range s.Ivar {
				s.Ivar[i] /= by * by
			}
		}
	}
	noisy := func(s *spectra.Spectrum) {
		for i := range s.Flux {
			s.Flux[i] += 5 * noise * r.NormFloat64()
		}
	}
	only := func(count int) func(*spectra.Spectrum) {
		return func(s *spectra.Spectrum) {
			for i := count; i < fluxes; i++ {
				s.Leave(i)
			}
		}
	}
	for _, c := range []struct {
		name    string
		changes []func(*spectra.Spectrum)
		unlike  bool
	}{
		{"galaxy", nil, false},
		{"noisy galaxy", []func(*spectra.Spectrum){noisy}, false},
		{"galaxy with errors too small", []func(*spectra.Spectrum){errors(0.1)}, false},
		{"galaxy with 60 measurements", []func(*spectra.Spectrum){only(60)}, false},
		{"waves", []func(*spectra.Spectrum){waves}, true},
		{"waves with errors too large", []func(*spectra.Spectrum){waves, errors(10)}, true},
		{"waves without errors", []func(*spectra.Spectrum){waves, func(s *spectra.Spectrum) { s.Ivar = nil }}, true},
		{"half of waves", []func(*spectra.Spectrum){waves, only(150)}, true},
		{"few waves", []func(*spectra.Spectrum){waves, only(10)}, false},
	} {
		flagged, judged := 0, 0
		for range 10 {
			s, _ := spectrum(r, 0.1)
			for _, change := range c.changes {
				change(s)
			}
			x := reconstructed(t, m, []*spectra.Spectrum{s}, reconstruct.Options{})[0]
			if x.PValue != nil {
				judged++
			}
			if x.Unlike {
				flagged++
			}
		}
		if c.unlike && flagged < 9 || !c.unlike && flagged > 1 {
			t.Errorf("%s: %d of 10 count as unlike the training spectra", c.name, flagged)
		}
		if want := 10; c.name != "few waves" && judged != want || c.name == "few waves" && judged != 0 {
			t.Errorf("%s: %d of 10 have a p-value", c.name, judged)
		}
	}
}

// Redshifts are found, and their 68 % bands cover about that many of them.
func TestFindsRedshifts(t *testing.T) {
	m := model(t)
	r := rand.New(rand.NewPCG(6, 6))
	covered := 0
	const count = 40
	for k := range count {
		z := 0.02 + 0.06*float64(k)/count
		s, _ := spectrum(r, z)
		s.Redshift = math.NaN()
		x := reconstructed(t, m, []*spectra.Spectrum{s}, reconstruct.Options{RedshiftRange: &[2]float64{0, 0.1}})[0]
		if x.Redshift == nil || math.Abs(*x.Redshift-z) > 1e-3 || !(*x.Redshift1 <= *x.Redshift && *x.Redshift <= *x.Redshift2) {
			t.Fatalf("z = %g: found %v", z, x.Redshift)
		}
		if m.AtEdge(*x.Redshift, [2]float64{0, 0.1}) {
			t.Errorf("z = %g: at the edge", z)
		}
		if *x.Redshift1 <= z && z <= *x.Redshift2 {
			covered++
		}
	}
	if covered < 18 || covered > 36 {
		t.Errorf("%d of %d redshifts are within their 68 %% bands", covered, count)
	}
}

// A redshift beyond the range is found at its edge.
func TestRedshiftAtEdge(t *testing.T) {
	m := model(t)
	s, _ := spectrum(rand.New(rand.NewPCG(6, 6)), 0.05)
	for _, between := range [][2]float64{{0.051, 0.054}, {0.046, 0.049}} {
		x := reconstructed(t, m, []*spectra.Spectrum{s}, reconstruct.Options{RedshiftRange: &between})[0]
		if x.Redshift == nil || !m.AtEdge(*x.Redshift, between) {
			t.Errorf("%v: z = %v is not at the edge", between, *x.Redshift)
		}
	}
}

// What cannot be reconstructed has a status, and nothing panics.
func TestStatuses(t *testing.T) {
	m := model(t)
	for want, change := range map[string]func(*spectra.Spectrum){
		reconstruct.RedshiftUnknown: func(s *spectra.Spectrum) { s.Redshift = math.NaN() },
		reconstruct.NothingMeasured: func(s *spectra.Spectrum) { clear(s.Ivar) },
		reconstruct.NothingThere + ".": func(s *spectra.Spectrum) {
			for i := range s.Wavelength {
				s.Wavelength[i] *= 10
			}
		},
		reconstruct.NothingThere + "..": func(s *spectra.Spectrum) {
			s.Wavelength, s.Flux, s.Ivar = s.Wavelength[:1], s.Flux[:1], s.Ivar[:1]
		},
		reconstruct.NoFlux: func(s *spectra.Spectrum) { clear(s.Flux) },
		record.StatusOK:    func(s *spectra.Spectrum) { s.Ivar = nil },
	} {
		s, _ := spectrum(rand.New(rand.NewPCG(7, 7)), 0.1)
		change(s)
		x := reconstructed(t, m, []*spectra.Spectrum{s}, reconstruct.Options{})[0]
		for len(want) > 0 && want[len(want)-1] == '.' {
			want = want[:len(want)-1]
		}
		if x.Status != want {
			t.Errorf("status %q, expected %q", x.Status, want)
		}
	}
	zeros, _ := spectrum(rand.New(rand.NewPCG(8, 8)), 0.1)
	clear(zeros.Flux)
	reconstructed(t, m, []*spectra.Spectrum{zeros}, reconstruct.Options{RedshiftRange: &[2]float64{0, 0.1}})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := m.Reconstruct(ctx, []*spectra.Spectrum{zeros}, reconstruct.Options{}); err == nil {
		t.Error("it does not stop when it is called off")
	}
}

// A result does not depend on the spectra beside it, nor on a model having been in a file.
func TestSameResults(t *testing.T) {
	m := model(t)
	r := rand.New(rand.NewPCG(9, 9))
	a, _ := spectrum(r, 0.1)
	b, _ := spectrum(r, 0.05)
	together := reconstructed(t, m, []*spectra.Spectrum{b, a}, reconstruct.Options{})[1]
	read := &reconstruct.Model{Prior: m.Prior, Solver: m.Solver, Seed: m.Seed}
	if err := read.SetTensors(&safetensors.File{Tensors: m.Tensors()}); err != nil {
		t.Fatal(err)
	}
	if alone := reconstructed(t, read, []*spectra.Spectrum{a}, reconstruct.Options{})[0]; !reflect.DeepEqual(alone, together) {
		t.Error("the result depends on what is beside it, or on the file")
	}
	for i, tensor := range m.Tensors() {
		bad := m.Tensors()
		bad[i].Data = slices.Repeat([]float64{math.NaN()}, len(tensor.Data.([]float64)))
		if err := new(reconstruct.Model).SetTensors(&safetensors.File{Tensors: bad}); err == nil {
			t.Errorf("%s of NaN is accepted", tensor.Name)
		}
	}
}

// Infilled fluxes of training signals may be anything: neither redshifts nor the flag follow them.
func TestInfilledTrainingFluxes(t *testing.T) {
	train, ivar := signals(200, 1)
	infilled := make([][]bool, len(train))
	for i, flux := range train {
		infilled[i] = make([]bool, fluxes)
		if i%2 == 0 {
			continue
		}
		for j := 200; j < fluxes; j++ {
			flux[j], infilled[i][j] = 1, true
		}
	}
	m := *model(t)
	if err := m.Learn(t.Context(), reconstruct.Signals{Flux: train, Ivar: ivar, Infilled: infilled}); err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(11, 11))
	wrong, flagged := 0, 0
	for range 20 {
		s, _ := spectrum(r, 0.05)
		x := reconstructed(t, &m, []*spectra.Spectrum{s}, reconstruct.Options{RedshiftRange: &[2]float64{0, 0.1}})[0]
		if math.Abs(*x.Redshift-0.05) > 1e-3 {
			wrong++
		}
		if x.Unlike {
			flagged++
		}
	}
	if wrong > 0 || flagged > 1 {
		t.Errorf("%d of 20 redshifts are wrong, %d spectra flagged", wrong, flagged)
	}
}

// A pixel of huge noise changes little.
func TestNoisyPixel(t *testing.T) {
	m := model(t)
	s, _ := spectrum(rand.New(rand.NewPCG(12, 12)), 0.1)
	spoilt := *s
	spoilt.Flux, spoilt.Ivar = slices.Clone(s.Flux), slices.Clone(s.Ivar)
	spoilt.Flux[150], spoilt.Ivar[150] = 1e5, 1e-10
	out := reconstructed(t, m, []*spectra.Spectrum{s, &spoilt}, reconstruct.Options{})
	for i := range fluxes {
		if a, b := out[0].Flux[i], out[1].Flux[i]; math.Abs(a-b) > 0.02 {
			t.Fatalf("flux %d is %g, and %g with a pixel of huge noise", i, a, b)
		}
	}
	if a, b := *out[0].Chi2, *out[1].Chi2; math.Abs(a-b) > 0.1*a {
		t.Errorf("χ² is %g, and %g with a pixel of huge noise", a, b)
	}
}
