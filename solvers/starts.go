package solvers

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"sedlab/internal/f32"
	"sedlab/internal/rng"
	"sedlab/priors"
)

// The values of init.
const (
	randomInit  = "random"
	meanInit    = "mean"
	linearInit  = "linear"
	nearestInit = "nearest"
)

// startCodes is the most training codes that first codes are found from.
const startCodes = 512

// starts holds what the first codes of searches are found from.
type starts struct {
	objective
	d      int
	norm   float32      // of random codes
	z      []float32    // codes, d numbers each
	x      []float32    // their signals, n fluxes each; nil if there is only one code
	dx     []float32    // n
	linear *linearCodes // nil unless first codes are from it
}

// checkPrior refuses priors that are neither generators nor affine, and generators without codes
// if searches start from them.
func checkPrior(p priors.Config, init string) []KeyError {
	prior := p.Blank()
	switch prior.(type) {
	case priors.Affine, priors.Coded:
		return nil
	case priors.Generator:
		if init == randomInit {
			return nil
		}
		return []KeyError{{Key: "kind", Problem: fmt.Sprintf("trains a %T, which keeps no training codes, so solver.init: %s has nothing to start from; expected solver.init: %s", prior, init, randomInit)}}
	}
	return []KeyError{{Key: "kind", Problem: fmt.Sprintf("trains a %T, which is neither a generator nor affine; no solver can use it", prior)}}
}

// startsAlone reports whether one search starts from a code that is not random.
func startsAlone(init string, restarts int) bool {
	return restarts == 1 && (init == meanInit || init == linearInit)
}

// newStarts returns the first codes of an init. The tape takes size codes.
func newStarts(g priors.Generator, tape priors.Tape, size int, init string, o objective) starts {
	n, d := g.Dim(), g.CodeDim()
	s := starts{objective: o, d: d, norm: firstNorm(g, o)}
	coded, ok := g.(priors.Coded)
	if !ok || len(coded.Codes()) == 0 {
		return s
	}
	switch init {
	case meanInit:
		s.z = narrow(meanOf(coded.Codes(), d))
	case linearInit:
		z := someCodes(coded.Codes(), d)
		s.linear = newLinearCodes(z, signalsOf(tape, size, z, n, d), n, d)
	case nearestInit:
		s.z = someCodes(coded.Codes(), d)
		s.x, s.dx = signalsOf(tape, size, s.z, n, d), make([]float32, n)
	}
	return s
}

// someCodes returns startCodes of the codes, evenly spaced, or all if there are fewer.
func someCodes(codes []float32, d int) (z []float32) {
	count := len(codes) / d
	some := min(count, startCodes)
	for k := range some {
		i := k * count / some
		z = append(z, codes[i*d:(i+1)*d]...)
	}
	return z
}

// signalsOf returns the signals of codes, size of them at a time.
func signalsOf(tape priors.Tape, size int, z []float32, n, d int) []float32 {
	count := len(z) / d
	x := make([]float32, count*n)
	for lo := 0; lo < count; lo += size {
		hi := min(lo+size, count)
		tape.Generate(x[lo*n:hi*n], z[lo*d:hi*d])
	}
	return x
}

// meanOf returns the mean of rows of length d.
func meanOf(rows []float32, d int) []float64 {
	mean := make([]float64, d)
	for i, v := range rows {
		mean[i%d] += float64(v)
	}
	for k := range mean {
		mean[k] *= float64(d) / float64(len(rows))
	}
	return mean
}

// first sets z to the first code of a search for a measurement, whose misfit is f.
func (s *starts) first(ctx context.Context, z []float32, m Measurement, f misfit, restart int) error {
	code, err := s.code(ctx, m, f, restart)
	switch {
	case err != nil:
		return err
	case code == nil:
		s.randomCode(z, s.norm, m.Signal, restart)
		return nil
	}
	copy(z, code)
	if s.project {
		f32.Sphere(z, s.d)
	}
	return nil
}

// code returns a first code, or nil if it is a random one. Among several, restart counts from the
// one whose signal has the lowest misfit.
func (s *starts) code(ctx context.Context, m Measurement, f misfit, restart int) ([]float32, error) {
	switch {
	case s.linear != nil && restart == 0:
		return s.linear.code(ctx, m)
	case restart*s.d >= len(s.z):
		return nil, nil
	case s.x == nil:
		return s.z, nil
	}
	n := len(s.dx)
	order, fit := make([]int, len(s.z)/s.d), make([]float64, len(s.z)/s.d)
	for k := range order {
		order[k], fit[k] = k, f.gradient(s.dx, s.x[k*n:(k+1)*n])
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(fit[a], fit[b]) })
	k := order[restart]
	return s.z[k*s.d : (k+1)*s.d], nil
}

// firstNorm returns ‖z‖ of the first codes of a search: that of the codes from training,
// or 1 on the unit sphere of eq. 3.
func firstNorm(g priors.Generator, o objective) float32 {
	if s, ok := g.(priors.CodeScaler); ok && !o.project {
		return float32(s.CodeNorm())
	}
	return 1
}

// randomCode sets z to the first code of a search: of the given norm, in a random direction.
func (o objective) randomCode(z []float32, norm float32, signal, restart int) {
	r := rng.New(o.seed, "solve/code", uint64(signal), uint64(restart))
	for k := range z {
		z[k] = float32(r.NormFloat64())
	}
	f32.Sphere(z, len(z))
	for k := range z {
		z[k] *= norm
	}
}
