package solvers_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"sedlab/operators"
	"sedlab/operators/operatortest"
	"sedlab/priors"
	"sedlab/solvers"
	"sedlab/solvers/solvertest"
)

// linear is the generator G(z) = W z, whose best codes are known.
type linear struct {
	n, d int
	w    []float32 // n×d
}

func newLinear(n, d int) *linear {
	r := rand.New(rand.NewPCG(1, 2))
	l := &linear{n: n, d: d, w: make([]float32, n*d)}
	for i := range l.w {
		l.w[i] = float32(r.NormFloat64())
	}
	return l
}

func (l *linear) Dim() int                { return l.n }
func (l *linear) CodeDim() int            { return l.d }
func (l *linear) NewTape(int) priors.Tape { return l }
func (l *linear) Generate(x, z []float32) {
	for c := range len(z) / l.d {
		for i := range l.n {
			var s float32
			for k := range l.d {
				s += l.w[i*l.d+k] * z[c*l.d+k]
			}
			x[c*l.n+i] = s
		}
	}
}
func (l *linear) VJP(dz, dx []float32) {
	for c := range len(dx) / l.n {
		for k := range l.d {
			var s float32
			for i := range l.n {
				s += l.w[i*l.d+k] * dx[c*l.n+i]
			}
			dz[c*l.d+k] = s
		}
	}
}

// affine is the same map as an affine prior with zero mean.
type affine struct{ *linear }

func (a affine) Mean() []float32 { return make([]float32, a.n) }
func (a affine) Basis() []float32 {
	b := make([]float32, a.d*a.n)
	for i := range a.n {
		for k := range a.d {
			b[k*a.n+i] = a.w[i*a.d+k]
		}
	}
	return b
}

const seed = 4

// projection and regularization return solvers with keys such as "restarts: 8", and 600
// steps unless keys say otherwise.
func projection(t *testing.T, keys string) solvers.Config {
	t.Helper()
	return solver(t, solvers.Projection, keys)
}

func regularization(t *testing.T, keys string) solvers.Config {
	t.Helper()
	return solver(t, solvers.Regularization, keys)
}

func solver(t *testing.T, k solvers.Kind, keys string) solvers.Config {
	t.Helper()
	for key, value := range map[string]string{"steps": "600", "lr": "0.02", "schedule": "cosine"} {
		if !strings.Contains(keys, key+":") {
			keys += ", " + key + ": " + value
		}
	}
	return solvertest.Config(t, k, "{"+strings.TrimPrefix(keys, ", ")+"}")
}

// problems measures signals of the generator at codes on the unit sphere.
func problems(t *testing.T, l *linear, k operators.Kind, count int) (ms []solvers.Measurement, truth [][]float32) {
	t.Helper()
	keys := "{missing_fraction: 0.3}"
	if k.Name == operators.Denoising.Name {
		keys = "{}"
	}
	family := family(t, k, keys, l.n)
	r := rand.New(rand.NewPCG(5, 6))
	for i := range count {
		z, norm := make([]float32, l.d), 0.0
		for k := range z {
			z[k] = float32(r.NormFloat64())
			norm += float64(z[k]) * float64(z[k])
		}
		for k := range z {
			z[k] /= float32(math.Sqrt(norm))
		}
		x := make([]float32, l.n)
		l.Generate(x, z)
		op := family(i)
		m, _ := op.Dims()
		y := make([]float32, m)
		op.Apply(y, x)
		ms, truth = append(ms, solvers.Measurement{Signal: i, Op: op, Y: y}), append(truth, x)
	}
	return ms, truth
}

func family(t *testing.T, k operators.Kind, keys string, fluxes int) operators.Family {
	t.Helper()
	f, err := operatortest.Config(t, k, keys).Family(t.Context(), operatortest.Grid(fluxes), 1)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func run(t *testing.T, p priors.Prior, ms []solvers.Measurement, c solvers.Config) []solvers.Estimate {
	t.Helper()
	rs, err := solvers.Solve(t.Context(), c, inUnit(p), ms, seed)
	if err != nil {
		t.Fatal(err)
	}
	return rs
}

func mse(a, b []float32) (s float64) {
	for i := range a {
		d := float64(a[i]) - float64(b[i])
		s += d * d
	}
	return s / float64(len(a))
}

// inUnit returns a prior in the unit of the data.
func inUnit(p priors.Prior) priors.Scaled { return priors.Scaled{Prior: p, Unit: 1} }
