package nn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"sedlab/internal/f32"
)

var shapes = []struct {
	name  string
	c     Config
	batch int
}{
	{"batch norm", Config{In: 5, Hidden: []int{17, 13}, Out: 23, BatchNorm: true, Slope: 0.2}, 7},
	{"biases", Config{In: 5, Hidden: []int{17, 13}, Out: 23, Slope: 0.2}, 7},
	{"linear", Config{In: 4, Out: 9, Slope: 0.2}, 3},
	{"batch over a tile", Config{In: 3, Hidden: []int{33}, Out: 40, BatchNorm: true, Slope: 0.1}, 70},
	{"more than a strip", Config{In: 70, Hidden: []int{130, 65}, Out: 9, BatchNorm: true, Slope: 0.2}, 6},
	{"relu", Config{In: 3, Hidden: []int{12}, Out: 5}, 1},
}

func normal(n int, rnd *rand.Rand) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(rnd.NormFloat64())
	}
	return x
}

func rows(x []float32, n int) [][]float64 {
	var r [][]float64
	for part := range slices.Chunk(x, n) {
		r = append(r, widen(part))
	}
	return r
}

// example returns a network whose BatchNorm parameters are not the identity.
func example(c Config, batch int) (net *MLP, z, x []float32) {
	rnd := rand.New(rand.NewPCG(1, 2))
	net = New(c, rnd)
	for _, l := range net.Layers {
		if l.Norm != nil {
			for o := range l.Out {
				l.Norm.Gamma[o] += 0.3 * float32(rnd.NormFloat64())
				l.Norm.Beta[o] += 0.3 * float32(rnd.NormFloat64())
				l.Norm.RunMean[o] = 0.3 * float32(rnd.NormFloat64())
				l.Norm.RunVar[o] = 0.5 + rnd.Float32()
			}
		}
	}
	return net, normal(batch*c.In, rnd), normal(batch*c.Out, rnd)
}

func TestReferenceGradientIsThatOfItsLoss(t *testing.T) {
	const h = 1e-6
	for _, s := range shapes {
		t.Run(s.name, func(t *testing.T) {
			net, z32, x32 := example(s.c, s.batch)
			ref, z, x := newRef(net), rows(z32, s.c.In), rows(x32, s.c.Out)
			ref.forward(z, true)
			dz := ref.backward(x)
			ps := append(ref.params(), refParam{z[0], dz[0]})
			for k, p := range ps {
				for i := 0; i < len(p.w); i += 1 + len(p.w)/40 {
					w := p.w[i]
					p.w[i] = w + h
					up := loss(ref.forward(z, true), x)
					p.w[i] = w - h
					down := loss(ref.forward(z, true), x)
					p.w[i] = w
					if fd := (up - down) / (2 * h); math.Abs(fd-p.g[i]) > 1e-7 {
						t.Fatalf("parameter %d[%d]: gradient %g, finite difference %g", k, i, p.g[i], fd)
					}
				}
			}
		})
	}
}

func TestStepMatchesReference(t *testing.T) {
	const lr, decay = 0.01, 0.1 // a decay large enough that leaving it out shows
	for _, s := range shapes {
		t.Run(s.name, func(t *testing.T) {
			net, z, x := example(s.c, s.batch)
			ref, adam := newRef(net), refAdam{}
			tr := NewTrainer(net, s.batch+3, 2, decay)
			defer tr.Close()
			dz := make([]float32, len(z))
			for step := range 5 {
				b := s.batch - step%2*(s.batch/2) // a smaller batch now and then
				zb, xb := z[:b*s.c.In], x[:b*s.c.Out]
				got := tr.Step(dz[:len(zb)], zb, xb, lr)
				want := loss(ref.forward(rows(zb, s.c.In), true), rows(xb, s.c.Out))
				wantDz := ref.backward(rows(xb, s.c.Out))
				adam.step(ref.params(), lr, decay)
				if math.Abs(got-want) > 1e-5*want {
					t.Fatalf("step %d: loss %g, reference %g", step, got, want)
				}
				near(t, fmt.Sprintf("step %d: gradient of the codes", step), dz[:len(zb)], slices.Concat(wantDz...), 1e-6)
				nearParams(t, fmt.Sprintf("step %d", step), tr.Network(), ref)
			}
		})
	}
}

func nearParams(t *testing.T, what string, net *MLP, ref *refNet) {
	t.Helper()
	for k, l := range net.Layers {
		r := ref.layers[k]
		at := fmt.Sprintf("%s: layer %d", what, k)
		near(t, at+" weights", l.W, r.w, 2e-5)
		near(t, at+" bias", l.Bias, r.bias, 2e-5)
		if l.Norm != nil {
			near(t, at+" gamma", l.Norm.Gamma, r.gamma, 2e-5)
			near(t, at+" beta", l.Norm.Beta, r.beta, 2e-5)
			near(t, at+" running mean", l.Norm.RunMean, r.runMean, 2e-5)
			near(t, at+" running variance", l.Norm.RunVar, r.runVar, 2e-5)
		}
	}
}

func near(t *testing.T, what string, got []float32, want []float64, tol float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d elements, reference %d", what, len(got), len(want))
	}
	for i, w := range want {
		if !(math.Abs(float64(got[i])-w) <= tol*(1+math.Abs(w))) {
			t.Fatalf("%s[%d] = %g, reference %g", what, i, got[i], w)
		}
	}
}

func TestWorkersDoNotChangeABit(t *testing.T) {
	c := Config{In: 50, Hidden: []int{65, 130, 77}, Out: 211, BatchNorm: true, Slope: 0.2}
	for _, norm := range []bool{true, false} {
		c.BatchNorm = norm
		var first *MLP
		var firstLoss float64
		var firstDz []float32
		for _, workers := range []int{1, 2, 4} {
			net, z, x := example(c, 37)
			tr := NewTrainer(net, 37, workers, 1e-5)
			dz := make([]float32, len(z))
			var loss float64
			for range 3 {
				loss = tr.Step(dz, z, x, 0.01)
			}
			net = tr.Network()
			tr.Close()
			if first == nil {
				first, firstLoss, firstDz = net, loss, dz
				continue
			}
			if loss != firstLoss || !slices.Equal(dz, firstDz) {
				t.Errorf("batch norm %v: %d workers: loss %v or code gradients differ from one worker's %v", norm, workers, loss, firstLoss)
			}
			for k, l := range net.Layers {
				f := first.Layers[k]
				if !slices.Equal(l.W, f.W) || !slices.Equal(l.Bias, f.Bias) ||
					l.Norm != nil && (!slices.Equal(l.Norm.Gamma, f.Norm.Gamma) || !slices.Equal(l.Norm.RunVar, f.Norm.RunVar)) {
					t.Errorf("batch norm %v: %d workers: layer %d differs from one worker's", norm, workers, k)
				}
			}
		}
	}
}

func TestStepRefusesBatchesItCannotTrainOn(t *testing.T) {
	net, z, x := example(shapes[0].c, 7)
	tr := NewTrainer(net, 6, 1, 0)
	defer tr.Close()
	d, n := net.In, net.Out
	for name, b := range map[string]int{"over the largest batch": 7, "one signal": 1, "empty": 0} {
		panics(t, name, func() { tr.Step(make([]float32, b*d), z[:b*d], x[:b*n], 0.1) })
	}
	panics(t, "lengths", func() { tr.Step(make([]float32, 2*d), z[:2*d], x[:3*n], 0.1) })
}

func panics(t *testing.T, name string, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Errorf("%s: no panic", name)
		}
	}()
	f()
}

func TestNewDrawsPyTorchsInitialRange(t *testing.T) {
	net := New(Config{In: 25, Hidden: []int{400}, Out: 30}, rand.New(rand.NewPCG(3, 4)))
	for _, x := range [][]float32{net.Layers[0].W, net.Layers[0].Bias} {
		if lo, hi := slices.Min(x), slices.Max(x); lo < -0.2 || hi > 0.2 || lo > -0.19 || hi < 0.19 {
			t.Errorf("fan-in 25: values in [%g, %g], want to fill ±0.2", lo, hi)
		}
	}
	if got, want := net.Weights(), 25*400+400*30; got != want {
		t.Errorf("Weights() = %d, want %d", got, want)
	}
	if got, want := net.Features(), 400+30; got != want {
		t.Errorf("Features() = %d, want %d", got, want)
	}
}

// The padding of strips stays zero when batches change in size, and after a batch was
// refused.
func TestPaddingStaysZero(t *testing.T) {
	net, z, x := example(Config{In: 5, Hidden: []int{70}, Out: 9, BatchNorm: true, Slope: 0.2}, 8)
	tr := NewTrainer(net, 8, 1, 0.1)
	defer tr.Close()
	step := func(b int) { tr.Step(make([]float32, b*5), z[:b*5], x[:b*9], 0.01) }
	for _, b := range []int{8, 3, 8} {
		step(b)
	}
	panics(t, "lengths", func() { tr.Step(make([]float32, 3*5), z[:3*5], x[:2*9], 0.01) })
	step(3)
	for k, l := range tr.layers {
		again := make([]float32, len(l.w))
		f32.PackStrips(again, tr.Network().Layers[k].W, l.Out, l.In)
		if !slices.Equal(l.w, again) {
			t.Errorf("layer %d: padding is not zero", k)
		}
	}
}
