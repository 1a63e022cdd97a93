// Package solvertest is the contract that every solver method must meet:
//
//	func TestContract(t *testing.T) {
//		solvertest.Suite(t, Mine, solvertest.Config(t, Mine, "{steps: 40}"))
//	}
//
// Methods in other modules can run it too.
package solvertest

import (
	"bytes"
	"context"
	"errors"
	"math"
	"slices"
	"strconv"
	"testing"

	"sedlab/internal/kind/kindtest"
	"sedlab/internal/yamlpos"
	"sedlab/operators"
	"sedlab/operators/operatortest"
	"sedlab/priors"
	"sedlab/priors/pca"
	"sedlab/priors/priortest"
	"sedlab/priors/zero"
	"sedlab/solvers"
)

const seed = 7

// Config returns a config of kind k with the given keys, in YAML, such as
// "{lambda: 0.01}". Other keys have their defaults.
func Config(t testing.TB, k solvers.Kind, keys string) solvers.Config {
	t.Helper()
	return kindtest.Config(t, k, keys)
}

// Suite checks a config of kind k against the contract of package solvers, with every
// prior of a small set that it accepts. It must accept at least one, and should solve in
// well under a second.
func Suite(t testing.TB, k solvers.Kind, config solvers.Config) {
	t.Helper()
	kindtest.Check(t, k, config)
	accepted := 0
	for _, p := range configs(t) {
		if len(config.CheckPrior(p)) > 0 {
			continue
		}
		accepted++
		data := priortest.Data()
		prior, err := p.Train(t.Context(), data)
		if err != nil {
			t.Fatal(err)
		}
		s := suite{config: config, prior: prior, ms: measurements(t, data), seed: seed}
		s.estimates(t)
		s.company(t)
		s.units(t)
		s.precision(t)
		s.scale(t)
		s.ignored(t, k, p)
		s.cancel(t)
	}
	if accepted == 0 {
		t.Error("the solver accepts no prior")
	}
	if config.Tile() < 1 {
		t.Errorf("Tile() = %d", config.Tile())
	}
	for _, c := range []priors.Cost{{}, {Iteration: 1e6}, {Closed: 1e6}} {
		if cost := config.Cost(c); !(cost >= 0) || math.IsInf(cost, 1) {
			t.Errorf("Cost(%+v) = %g; expected a number of operations", c, cost)
		}
	}
}

// configs returns an affine prior, an affine prior without a basis, and a generator.
func configs(t testing.TB) []priors.Config {
	return []priors.Config{
		kindtest.Config(t, pca.Kind, "{code_dim: 5}"), kindtest.Config(t, zero.Kind, "{}"), circle{},
	}
}

// measurements hides one window of the data, and adds a measurement without fluxes and one
// that is not a number.
func measurements(t testing.TB, data priors.Data) []solvers.Measurement {
	t.Helper()
	family := func(keys string) operators.Family {
		f, err := operatortest.Config(t, operators.Inpainting, keys).Family(t.Context(), operatortest.Grid(data.Dim), seed)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	some, none := family("{missing_fraction: 0.3}"), family("{missing_fraction: 0.999}")
	var ms []solvers.Measurement
	for i := range 9 {
		op := some(i)
		m, n := op.Dims()
		y := make([]float32, m)
		op.Apply(y, data.Flux[i*n:(i+1)*n])
		ms = append(ms, solvers.Measurement{Signal: i, Op: op, Y: y})
	}
	ms[3] = solvers.Measurement{Signal: 3, Op: none(3)}
	ms[5].Y[2] = float32(math.NaN())
	return ms
}

// suite is a solver with a prior.
type suite struct {
	config solvers.Config
	prior  priors.Prior
	ms     []solvers.Measurement
	seed   uint64
}

func (s suite) solve(t testing.TB, c solvers.Config, ms []solvers.Measurement) []solvers.Estimate {
	t.Helper()
	es, err := solvers.Solve(t.Context(), c, priors.Scaled{Prior: s.prior, Unit: 1}, ms, s.seed)
	if err != nil {
		t.Fatal(err)
	}
	return es
}

// estimates checks that each measurement has an estimate with a status, in its place.
func (s suite) estimates(t testing.TB) {
	for i, e := range s.solve(t, s.config, s.ms) {
		want := map[int]string{3: solvers.NothingObserved, 5: solvers.NotFinite}[i]
		if want == "" {
			want = solvers.OK
		}
		if e.Status != want || (e.X != nil) != (want == solvers.OK) {
			t.Errorf("%T, measurement %d: status %q, %d fluxes; expected %q", s.prior, i, e.Status, len(e.X), want)
		}
		if g, ok := s.prior.(priors.Generator); ok && e.Code != nil {
			x := make([]float32, g.Dim())
			if g.NewTape(1).Generate(x, e.Code); len(e.Code) != g.CodeDim() || !slices.Equal(x, e.X) {
				t.Errorf("%T, measurement %d: its code of %d does not generate the estimate", s.prior, i, len(e.Code))
			}
		}
		if e.Status == solvers.OK && (len(e.X) != s.prior.Dim() || !(e.Loss >= 0) || e.Iterations < 1) {
			t.Errorf("%T, measurement %d: %d fluxes, loss %g, %d iterations", s.prior, i, len(e.X), e.Loss, e.Iterations)
		}
	}
}

// units checks that the unit of the data changes no estimate: a prior in a unit of its own
// is solved in that unit.
func (s suite) units(t testing.TB) {
	want := s.solve(t, s.config, s.ms)
	const unit = 0x1p-57 // fluxes in erg/s/cm²/Å are of this order
	var ms []solvers.Measurement
	for _, m := range s.ms {
		m.Y = priors.Scale(m.Y, 1/unit)
		ms = append(ms, m)
	}
	es, err := solvers.Solve(t.Context(), s.config, priors.Scaled{Prior: s.prior, Unit: unit}, ms, s.seed)
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range es {
		w := want[i]
		if !slices.Equal(e.X, priors.Scale(w.X, 1/unit)) || !slices.Equal(e.Code, w.Code) || e.Status != w.Status || e.Status == solvers.OK && e.Loss != w.Loss*unit*unit {
			t.Errorf("%T, measurement %d: another unit changes the estimate", s.prior, i)
		}
	}
}

// company checks that an estimate depends neither on what is solved with it nor on order.
func (s suite) company(t testing.TB) {
	all := s.solve(t, s.config, s.ms)
	backwards := slices.Clone(s.ms)
	slices.Reverse(backwards)
	again := s.solve(t, s.config, backwards)
	slices.Reverse(again)
	for i := range s.ms {
		alone := s.solve(t, s.config, s.ms[i:i+1])[0]
		if !slices.Equal(alone.X, all[i].X) || !slices.Equal(again[i].X, all[i].X) || !slices.Equal(alone.Code, all[i].Code) {
			t.Errorf("%T, measurement %d: the estimate depends on the others", s.prior, i)
		}
	}
}

// ignored checks that keys which the method ignores change no bit, whatever their value.
func (s suite) ignored(t testing.TB, k solvers.Kind, p priors.Config) {
	want := s.solve(t, s.config, s.ms)
	for _, key := range s.config.Ignores(p) {
		if key == solvers.Seed {
			other := s
			other.seed++
			s.same(t, other.solve(t, s.config, s.ms), want, key)
			continue
		}
		others := moved(k, s.config, key)
		if len(others) == 0 {
			t.Errorf("ignored key %q: found no other value to try; is there such a key, and has it an example?", key)
		}
		for _, other := range others {
			s.same(t, s.solve(t, other, s.ms), want, key)
		}
	}
}

// same checks that another value of an ignored key gave the same estimates.
func (s suite) same(t testing.TB, got, want []solvers.Estimate, key string) {
	for i, e := range got {
		if !slices.Equal(e.X, want[i].X) {
			t.Errorf("%T, measurement %d: the ignored key %q changes the estimate", s.prior, i, key)
		}
	}
}

// moved returns copies of a config in which a key has another valid value: its default,
// its example, another of its words or a number near the present one.
func moved(k solvers.Kind, config solvers.Config, key string) (others []solvers.Config) {
	tree := yamlpos.Encode(config)
	field, ok := yamlpos.Find(yamlpos.Fields(config), key)
	if !ok {
		return nil
	}
	values := append([]string{field.Default, field.Example, "true", "false"}, field.Enum...)
	if now := tree.Get(key); now != nil {
		if v, err := strconv.ParseFloat(now.Value, 64); err == nil {
			for _, near := range []float64{v / 2, 2 * v, v + 1} {
				values = append(values, strconv.FormatFloat(near, 'g', -1, 64))
			}
		}
	}
	for _, value := range values {
		errs, other := new(yamlpos.Errors), k.New()
		node := yamlpos.ParseValue(value, key, errs)
		if node == nil { // no text
			continue
		}
		decoder := yamlpos.Decoder{Errs: errs}
		decoder.Decode(tree.With(key, node), "", other)
		if errs.Err() == nil && !bytes.Equal(yamlpos.Encode(other).Canonical(), tree.Canonical()) {
			others = append(others, other)
		}
	}
	return others
}

// cancel checks that a context that is done ends the solver with its error.
func (s suite) cancel(t testing.TB) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := solvers.Solve(ctx, s.config, priors.Scaled{Prior: s.prior, Unit: 1}, s.ms, seed); !errors.Is(err, context.Canceled) {
		t.Errorf("%T: %v under a cancelled context", s.prior, err)
	}
}

// circle is a generator of one-dimensional waves. The first two entries of a code are the
// amplitudes of a cosine and a sine. It needs no training, but has codes as if from one.
type circle struct{}

func (circle) Check(n, dim int) []priors.KeyError { return nil }
func (circle) Blank() priors.Prior                { return waves(0) }
func (circle) Train(ctx context.Context, data priors.Data) (priors.Prior, error) {
	return waves(data.Dim), ctx.Err()
}

// waves is a trained circle for signals with that many fluxes.
type waves int

var _ priors.Coded = waves(0)

func (w waves) Dim() int                { return int(w) }
func (w waves) CodeDim() int            { return 2 }
func (w waves) Codes() []float32        { return []float32{1, 0, 0.6, 0.8, 0, -1, -0.8, 0.6, -1, 0} }
func (w waves) NewTape(int) priors.Tape { return w }

func (w waves) Generate(x, z []float32) {
	for i := range x {
		c, j := i/int(w), float64(i%int(w))
		x[i] = z[2*c]*float32(math.Cos(j)) + z[2*c+1]*float32(math.Sin(j))
	}
}

func (w waves) VJP(dz, dx []float32) {
	clear(dz)
	for i, v := range dx {
		c, j := i/int(w), float64(i%int(w))
		dz[2*c] += v * float32(math.Cos(j))
		dz[2*c+1] += v * float32(math.Sin(j))
	}
}
