package galaxy

import (
	"math"
	"testing"

	"sedlab/internal/rng"
)

var sdss = Grid{Start: 3.5, Step: 0.0004, N: 1000}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %v, want %v ± %v", what, got, want, tolerance)
	}
}

func TestGrid(t *testing.T) {
	near(t, "Bin(Lambda(12.5))", sdss.Bin(sdss.Lambda(12.5)), 12.5, 1e-9)
	fine := sdss.fine()
	for _, i := range []int{0, 1, 999} {
		var sum float64
		for k := range oversampling {
			sum += math.Log10(fine.Lambda(float64(fineMargin + i*oversampling + k)))
		}
		near(t, "the middle of a bin's fine bins", sum/oversampling, 3.5+0.0004*float64(i), 1e-12)
	}
}

// TestVacuum compares with the vacuum wavelengths that SDSS publishes.
func TestVacuum(t *testing.T) {
	for air, want := range map[float64]float64{6562.80: 6564.61, 5006.84: 5008.24, 3728.82: 3729.88} {
		near(t, "vacuum wavelength", vacuum(air), want, 0.015)
	}
}

func TestCalzetti(t *testing.T) {
	near(t, "k(V)", calzetti(5500), 4.05, 0.05)
	near(t, "k(B) − k(V)", calzetti(4400)-calzetti(5500), 1, 0.1)
	near(t, "the step where its two parts meet", calzetti(6300-1e-6)-calzetti(6300), 0, 0.05)
	near(t, "light through 1 mag of V", transmission(4, 0.25), math.Pow(10, -0.4), 1e-12)
}

func TestBroaden(t *testing.T) {
	fine := sdss.fine()
	flux := make([]float64, fine.N)
	bins := make([]float64, sdss.N)
	for i := range flux {
		flux[i] = 3
	}
	broaden(bins, flux, fine, 100, 200)
	near(t, "a constant in its first bin", bins[0], 3, 1e-12)
	near(t, "a constant in its last bin", bins[999], 3, 1e-12)

	clear(flux)
	flux[fineMargin+400*oversampling+1], flux[fineMargin+400*oversampling+2] = 1, 1 // centred on bin 400
	const shift, sigma = 150, 300                                                   // km/s
	broaden(bins, flux, fine, shift, sigma)
	var total, first, second float64
	for i, v := range bins {
		total += v
		first += v * float64(i)
	}
	for i, v := range bins {
		second += v * math.Pow(float64(i)-first/total, 2)
	}
	near(t, "the light of a line", total, 2./oversampling, 1e-6)
	near(t, "the place of a line", first/total, 400+sdss.velocity(shift), 1e-3)
	// The widths of the bins and of the fine bins add to the variance.
	near(t, "the width of a line", math.Sqrt(second/total), sdss.velocity(sigma), 0.08)
}

// TestLineRatios measures lines in spectra as an observer would.
func TestLineRatios(t *testing.T) {
	measure := func(ebv, air float64) float64 {
		cloud := gas{halpha: 100, ratio: nucleus{logN2: 0, logO3: 0.8}.ratios(), sigma: 40}
		flux := make([]float64, sdss.N)
		cloud.addLines(flux, sdss, 0, ebv)
		center := int(math.Round(sdss.Bin(vacuum(air))))
		var sum float64
		for i := center - 3; i <= center+3; i++ {
			lambda := sdss.Lambda(float64(i))
			sum += flux[i] * lambda * math.Ln10 * sdss.Step
		}
		return sum
	}
	near(t, "[O III] 5007/4959", measure(0, 5006.84)/measure(0, 4958.91), 2.98, 0.02)
	near(t, "[O III] 5007/Hβ", measure(0, 5006.84)/measure(0, 4861.33), math.Pow(10, 0.8), 0.05)
	near(t, "Hβ/Hγ", measure(0, 4861.33)/measure(0, 4340.47), 1/0.468, 0.01)
	near(t, "Hβ", measure(0, 4861.33), 100/2.86, 0.1)
	if bright, dim := measure(0, 4861.33)/measure(0, 4340.47), measure(0.5, 4861.33)/measure(0.5, 4340.47); dim <= bright {
		t.Errorf("Hβ/Hγ is %v without dust and %v behind it", bright, dim)
	}
}

// TestStarFormingSequence checks that [N II] grows and [O III] falls with oxygen, below
// the line that divides stars from nuclei (Kewley et al. 2001, eq. 5).
func TestStarFormingSequence(t *testing.T) {
	before := starForming(7.9, func() float64 { return 0 })
	for oxygen := 8.0; oxygen < 8.65; oxygen += 0.1 {
		r := starForming(oxygen, func() float64 { return 0 })
		if r[nitrogen2] <= before[nitrogen2] || r[oxygen3] >= before[oxygen3] {
			t.Errorf("at 12 + log O/H = %v: [N II] %v after %v, [O III] %v after %v",
				oxygen, r[nitrogen2], before[nitrogen2], r[oxygen3], before[oxygen3])
		}
		limit := 0.61/(math.Log10(r[nitrogen2])-0.47) + 1.19
		if logO3 := math.Log10(2.86 * r[oxygen3]); logO3 > limit {
			t.Errorf("at 12 + log O/H = %v: log [O III]/Hβ = %v, beyond %v", oxygen, logO3, limit)
		}
		before = r
	}
}

// TestBreakGrowsWithAge measures the 4000 Å break (Balogh et al. 1999) of stars of each
// age, and their Hδ absorption, which peaks at a medium age.
func TestBreakGrowsWithAge(t *testing.T) {
	fine := sdss.fine()
	templates := newTemplates(fine)
	flux := make([]float64, fine.N)
	between := func(lo, hi float64) float64 {
		return mean(flux[int(fine.Bin(lo)):int(fine.Bin(hi))])
	}
	var breaks, hdelta [ages]float64
	for a, types := range ageLight {
		galaxy{types: types}.stars(flux, templates)
		breaks[a] = between(4000, 4100) / between(3850, 3950)
		hdelta[a] = 1 - between(4090, 4114)/((between(4041, 4082)+between(4128, 4161))/2)
		if a > 1 && breaks[a] <= breaks[a-1] {
			t.Errorf("breaks %v do not grow with age", breaks[:a+1])
		}
	}
	near(t, "the break of 10 Gyr old stars", breaks[ages-1], 1.75, 0.25)
	if hdelta[2] < hdelta[0] || hdelta[2] < hdelta[ages-1] || hdelta[2] < 0.15 {
		t.Errorf("Hδ depths %v do not peak at 600 Myr", hdelta)
	}
}

func TestGaps(t *testing.T) {
	m := NewModel(sdss)
	for id := range uint64(50) {
		o := observation{r: rng.New(1, "test", id), grid: sdss, lambda: m.lambda, redshift: 0.01 * float64(id%30)}
		infilled := make([]bool, sdss.N)
		o.gaps(infilled)
		covered := 0
		for i, missing := range infilled {
			inside := o.observed(i) >= blueEnd && o.observed(i) <= redEnd
			if !inside && !missing {
				t.Fatalf("z = %v: %v Å is measured", o.redshift, m.lambda[i])
			}
			if inside && !missing {
				covered++
			}
		}
		if covered < sdss.N*3/4 {
			t.Errorf("z = %v: %d bins measured", o.redshift, covered)
		}
	}
}

// TestNoise checks that infilled fluxes have no noise, and measured ones as much as
// their signal-to-noise ratio says.
func TestNoise(t *testing.T) {
	m := NewModel(sdss)
	infilled := make([]bool, sdss.N)
	for i := 400; i < 420; i++ {
		infilled[i] = true
	}
	var sum, count float64
	for id := range uint64(200) {
		flux := make([]float64, sdss.N)
		for i := range flux {
			flux[i] = 5
		}
		observation{r: rng.New(1, "test", id), grid: sdss, lambda: m.lambda, redshift: 0.1}.measure(flux, infilled)
		for i := 400; i < 420; i++ {
			if flux[i] != 5 {
				t.Fatalf("infilled flux %d between measured ones is %v, want 5", i, flux[i])
			}
		}
		for i := 500; i < 600; i++ {
			sum += math.Pow(flux[i]/5-1, 2)
			count++
		}
	}
	near(t, "the share of noise", math.Sqrt(sum/count), 0.033, 0.005)
}

func TestFaults(t *testing.T) {
	spoiled := 0
	for id := range uint64(5000) {
		flux := make([]float64, sdss.N)
		for i := range flux {
			flux[i] = 1 + float64(i)
		}
		spoil(rng.New(1, "test", id), flux)
		changed := false
		for i, v := range flux {
			changed = changed || v != 1+float64(i)
		}
		if changed {
			spoiled++
		}
	}
	near(t, "spoiled spectra of 5000", float64(spoiled), 5000*outlierShare, 25)
}

func TestClassShares(t *testing.T) {
	var total float64
	for _, c := range classes {
		total += c.share
		var light float64
		for _, l := range c.light {
			light += l
		}
		near(t, c.name+"'s light", light, 1, 1e-9)
	}
	near(t, "the classes' shares", total, 1, 1e-9)
	for a, types := range ageLight {
		var light float64
		for _, l := range types {
			light += l
		}
		if math.Abs(light-1) > 1e-9 {
			t.Errorf("age %d: light %v, want 1", a, light)
		}
	}
}
