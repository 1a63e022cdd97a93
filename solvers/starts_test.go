package solvers_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"sedlab/operators"
	"sedlab/priors"
	"sedlab/solvers"
)

// watched is a generator with training codes that notes the first codes it is asked for.
type watched struct {
	*linear
	norm  float64
	codes []float32
	first *[]float32
}

func (w watched) CodeNorm() float64       { return w.norm }
func (w watched) Codes() []float32        { return w.codes }
func (w watched) NewTape(int) priors.Tape { return w }
func (w watched) Generate(x, z []float32) {
	*w.first = append(*w.first, z...)
	w.linear.Generate(x, z)
}

// Gauss-Newton and Adam begin at the same codes.
func TestSearchesBegin(t *testing.T) {
	l := newLinear(30, 3)
	ms, _ := problems(t, l, operators.Inpainting, 1)
	near, mean := []float32{0, 0.6, 0.8}, []float32{0.25, -0.1, 0.05}
	x := make([]float32, l.n)
	l.Generate(x, near)
	ms[0].Op.Apply(ms[0].Y, x)
	codes := slices.Concat([]float32{1, 0, 0}, near, []float32{0, -1, 0}, []float32{0, 0, -0.6})
	first := func(c solvers.Config, norm float64) (z []float32) {
		run(t, watched{l, norm, codes, &z}, ms, c)
		return z
	}
	for _, norm := range []float64{1, 4} {
		adam := first(regularization(t, "steps: 1"), norm)[:3]
		if got := first(gaussNewton(t, "constraint: regularization"), norm)[:3]; !slices.Equal(got, adam) || math.Abs(squares(got)-norm*norm) > 1e-5 {
			t.Errorf("norm %g: begins at %v, Adam at %v", norm, got, adam)
		}
	}
	for name, c := range map[string]func(keys string) [2]solvers.Config{
		"gauss_newton": func(keys string) [2]solvers.Config {
			return [2]solvers.Config{gaussNewton(t, keys), gaussNewton(t, "constraint: regularization, "+keys)}
		},
		"adam": func(keys string) [2]solvers.Config {
			return [2]solvers.Config{projection(t, "steps: 1, "+keys), regularization(t, "steps: 1, "+keys)}
		},
	} {
		if got := first(c("init: mean")[1], 1)[:3]; mse(got, mean) > 1e-12 {
			t.Errorf("%s begins at %v, expected the mean code", name, got)
		}
		if got := first(c("init: mean")[0], 1)[:3]; math.Abs(squares(got)-1) > 1e-6 || got[0] < 0.9 {
			t.Errorf("%s begins at %v, expected the mean code on the sphere", name, got)
		}
		if got := first(c("init: nearest")[1], 1)[len(codes):][:3]; !slices.Equal(got, near) {
			t.Errorf("%s begins at %v, expected the code %v of the signal", name, got, near)
		}
		for i, c := range c("init: linear") {
			if got := first(c, 1)[len(codes):][:3]; mse(got, near) > 1e-10 {
				t.Errorf("%s %d begins at %v, expected the code %v of the signal", name, i, got, near)
			}
		}
	}
}

// The linear model of a linear generator is exact for any operator and precision, and with a free
// scale: the first code is that of the signal.
func TestLinearStartOfALinearGenerator(t *testing.T) {
	l, mean := newLinear(60, 5), make([]float32, 60)
	for i := range mean {
		mean[i] = 3
	}
	g := coded{raisedGenerator{l, mean}, newLinear(40, 5).w}
	c := regularization(t, "lambda: 0, init: linear, steps: 1, lr: 1e-9")
	for _, kind := range []operators.Kind{operators.Inpainting, operators.SuperResolution, operators.CompressedSensing} {
		for _, free := range []bool{false, true} {
			ms, truth := problems(t, l, kind, 4)
			for i := range ms {
				for k := range truth[i] {
					truth[i][k] += mean[k]
				}
				ms[i].Op.Apply(ms[i].Y, truth[i])
				ms[i].FreeScale = free
			}
			ms[1].Precision = make([]float32, len(ms[1].Y))
			for j := range ms[1].Precision {
				if ms[1].Precision[j] = float32(j % 4); j%4 == 0 {
					ms[1].Y[j] = 100 // does not count
				}
			}
			for i, e := range run(t, g, ms, c) {
				if d := mse(e.X, truth[i]); d > 1e-7 || math.Abs(e.Scale-1) > 1e-4 {
					t.Errorf("%s, free scale %v, signal %d: begins with mse %g, scale %g", kind.Name, free, i, d, e.Scale)
				}
			}
		}
	}
}

// coded is a generator with training codes.
type coded struct {
	raisedGenerator
	codes []float32
}

func (c coded) Codes() []float32 { return c.codes }

// What cannot be fitted is no reason to fail: codes that are all equal, and fewer codes than
// directions.
func TestLinearStartOfFewCodes(t *testing.T) {
	l := newLinear(30, 4)
	ms, _ := problems(t, l, operators.Inpainting, 2)
	equal := []float32{0.5, -0.5, 0.5, 0.5, 0.5, -0.5, 0.5, 0.5}
	var first []float32
	run(t, watched{l, 1, equal, &first}, ms, projection(t, "init: linear, steps: 1"))
	if got := first[len(equal):][:l.d]; mse(got, equal[:l.d]) > 1e-12 {
		t.Errorf("codes that are all %v: begins at %v", equal[:l.d], got)
	}
	for _, c := range []solvers.Config{projection(t, "init: linear"), gaussNewton(t, "init: linear")} {
		for i, e := range run(t, watched{l, 1, l.w[:8], new([]float32)}, ms, c) {
			if e.Status != solvers.OK {
				t.Errorf("signal %d of 2 codes: %s", i, e.Status)
			}
		}
	}
}

func TestRestartsBeginElsewhere(t *testing.T) {
	l := newLinear(30, 3)
	ms, _ := problems(t, l, operators.Inpainting, 3)
	for _, init := range []string{"mean", "linear", "nearest"} {
		var z []float32
		run(t, watched{l, 1, l.w[:12], &z}, ms, projection(t, "steps: 1, restarts: 3, init: "+init))
		if init != "mean" {
			z = z[12:] // the training codes
		}
		for i := range ms {
			a, b, c := z[9*i:][:3], z[9*i+3:][:3], z[9*i+6:][:3]
			if slices.Equal(a, b) || slices.Equal(b, c) || slices.Equal(a, c) {
				t.Errorf("%s, signal %d: restarts begin at %v, %v, %v", init, i, a, b, c)
			}
		}
	}
}

// A search that ends under tol is the same as one of so many steps, whatever is searched with it.
func TestTolEndsEachSearchByItself(t *testing.T) {
	l := newLinear(30, 4)
	ms, _ := problems(t, l, operators.Inpainting, 70)
	for i := range ms {
		for j := range ms[i].Y {
			ms[i].Y[j] += float32(math.Sin(float64(i + 7*j)))
		}
	}
	whole := run(t, l, ms, projection(t, "schedule: constant, steps: 2000"))
	c := projection(t, "schedule: constant, steps: 2000, tol: 0.001")
	took := map[int]int{}
	for i, e := range run(t, l, ms, c) {
		took[e.Iterations] = i
		if !e.Converged || e.Iterations%50 != 0 || e.Iterations >= 2000 || e.Loss > whole[i].Loss*1.02 {
			t.Errorf("signal %d: converged %v after %d steps, loss %g; %g after all", i, e.Converged, e.Iterations, e.Loss, whole[i].Loss)
		}
		if alone := run(t, l, ms[i:i+1], c)[0]; !slices.Equal(alone.X, e.X) || alone.Iterations != e.Iterations {
			t.Errorf("signal %d alone gives another result", i)
		}
	}
	if len(took) < 3 {
		t.Errorf("all searches took one of %v steps; expected each to take its own", took)
	}
	for steps, i := range took {
		e := run(t, l, ms, c)[i]
		if plain := run(t, l, ms[i:i+1], projection(t, fmt.Sprintf("schedule: constant, steps: %d", steps)))[0]; !slices.Equal(plain.X, e.X) {
			t.Errorf("signal %d: %d steps without tol give another result", i, steps)
		}
	}
	for i, e := range run(t, l, ms[:3], projection(t, "schedule: constant, steps: 40, tol: 0.001")) {
		if e.Converged || e.Iterations != 40 {
			t.Errorf("signal %d: converged %v after %d of 40 steps", i, e.Converged, e.Iterations)
		}
	}
}

func TestSeedIsIgnoredWhereNothingIsRandom(t *testing.T) {
	for keys, want := range map[string]bool{
		"": false, "init: mean": true, "init: linear": true, "init: linear, restarts: 2": false, "init: nearest": false,
	} {
		for _, c := range []solvers.Config{projection(t, keys), gaussNewton(t, keys)} {
			if got := slices.Contains(c.Ignores(named{blank: watched{}}), solvers.Seed); got != want {
				t.Errorf("%T with %q: ignores the seed: %v", c, keys, got)
			}
		}
	}
}
