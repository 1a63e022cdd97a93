// Package solve reconstructs signals: it finds x̂ from a measurement y, its
// operator A and a prior (paper, §2.2).
//
// Generators are searched by gradient, eq. 3 or eq. 4; affine priors have the
// same problems solved in closed form.
package solve

import (
	"context"
	"fmt"
	"math"
	"strings"

	"sedlab/operators"
	"sedlab/priors"
)

// Settings says how to solve. Zero values are not replaced by defaults.
type Settings struct {
	Method   string  // one of Methods
	Steps    int     // of Adam on the codes
	LR       float64 // its learning rate at the first step
	Schedule string  // of the rate: constant, or cosine down to 0
	Lambda   float64 // λ of eq. 4; used by regularization alone
	Restarts int     // random first codes per signal; the best is kept
	Seed     uint64  // names the random streams of the first codes
}

// Problem is one measurement to reconstruct a signal from.
type Problem struct {
	Signal int // identity, which names the random first codes
	Op     operators.Operator
	Y      []float32 // m measurements
}

// Result is one reconstruction.
type Result struct {
	X          []float32 // n fluxes; nil if Status is not OK
	Loss       float64   // ‖A x̂ − y‖²/m
	Iterations int       // of the search that gave X; 1 for a closed form
	Converged  bool      // the objective had stopped falling; see search.converged
	Status     string
}

// The statuses that a reconstruction ends with.
const (
	OK              = "ok"
	NothingObserved = "nothing observed"
	NotFinite       = "not finite"
)

// Method is a way to solve.
type Method struct {
	Name string
	Doc  string // one sentence
	// project tells whether codes are put on the unit sphere after each step;
	// penalty gives λ of ‖z‖² in the objective.
	project bool
	penalty func(Settings) float64
}

// Methods lists the methods. A new one is added here.
func Methods() []Method {
	return []Method{
		{
			Name:    "projection",
			Doc:     "minimises ‖A G(z) − y‖²/m with z on the unit sphere (paper, eq. 3); plain least squares for affine priors",
			project: true,
			penalty: func(Settings) float64 { return 0 },
		},
		{
			Name:    "regularization",
			Doc:     "minimises ‖A G(z) − y‖²/m + λ‖z‖² (paper, eq. 4); exactly, for affine priors",
			penalty: func(s Settings) float64 { return s.Lambda },
		},
	}
}

func method(name string) (Method, error) {
	var names []string
	for _, m := range Methods() {
		if m.Name == name {
			return m, nil
		}
		names = append(names, m.Name)
	}
	return Method{}, fmt.Errorf("method %q is not known; expected one of %s", name, strings.Join(names, ", "))
}

// TileSize is the number of codes that are searched together. Callers that
// spread signals over goroutines give each a whole number of tiles.
const TileSize = 64

// TileSignals returns how many signals fill a tile.
func (s Settings) TileSignals() int { return max(1, TileSize/max(1, s.Restarts)) }

// Solve reconstructs each problem on the calling goroutine. A problem's result
// does not depend, in any bit, on the others solved with it. A problem that
// cannot be solved has a Status that says why; an error is about all of them:
// ctx was done, the method is unknown, or the prior can do nothing for a solver.
func Solve(ctx context.Context, prior priors.Prior, problems []Problem, s Settings) ([]Result, error) {
	m, err := method(s.Method)
	if err != nil {
		return nil, err
	}
	results := make([]Result, len(problems))
	var open []int
	for i, p := range problems {
		if results[i].Status = check(p); results[i].Status == OK {
			open = append(open, i)
		}
	}
	switch prior := prior.(type) {
	case priors.Affine:
		err = solveAffine(ctx, prior, problems, open, m.penalty(s), results)
	case priors.Generator:
		err = solveGenerator(ctx, prior, problems, open, m, s, results)
	default:
		err = fmt.Errorf("prior %T is neither a generator nor affine; no solver can use it", prior)
	}
	if err != nil {
		return nil, err
	}
	for _, i := range open {
		finish(&results[i], problems[i])
	}
	return results, nil
}

// check returns the status of a problem before it is solved.
func check(p Problem) string {
	m, _ := p.Op.Dims()
	if m == 0 {
		return NothingObserved
	}
	if len(p.Y) != m {
		panic(fmt.Sprintf("solve: %d measurements, operator gives %d", len(p.Y), m))
	}
	for _, v := range p.Y {
		if !finite(float64(v)) {
			return NotFinite
		}
	}
	return OK
}

// finish sets the measurement loss, and the status of a failed search.
func finish(r *Result, p Problem) {
	ax := make([]float32, len(p.Y))
	p.Op.Apply(ax, r.X)
	var sum float64
	for j, v := range ax {
		d := float64(v) - float64(p.Y[j])
		sum += d * d
	}
	r.Loss = sum / float64(len(ax))
	for _, v := range r.X {
		if !finite(float64(v)) {
			*r = Result{Loss: math.NaN(), Iterations: r.Iterations, Status: NotFinite}
			return
		}
	}
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
