package f32

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"
)

// leakyReference is the leaky ReLU.
func leakyReference(y, slope float64) float64 { return max(y, 0) + slope*min(y, 0) }

func TestAdam(t *testing.T) {
	eachKernel(t, func(t *testing.T) {
		for n := range 301 {
			r := newRand(1)
			w, g, m, v := guardedNormals(r, n), guardedNormals(r, n), guardedNormals(r, n), guardedNormals(r, n)
			want := make([][]float64, 3)
			step := NewAdamStep(0.01, 1e-2, 7)
			for i := range n {
				v.slice()[i] *= v.slice()[i]
				wi, mi, vi := adamReference(w.slice()[i], g.slice()[i], m.slice()[i], v.slice()[i], 0.01, 1e-2, 7)
				want[0], want[1], want[2] = append(want[0], wi), append(want[1], mi), append(want[2], vi)
			}
			gradient := slices.Clone(g.slice())
			Adam(w.slice(), g.slice(), m.slice(), v.slice(), step)
			sameBits(t, "g", g.slice(), gradient)
			for i, p := range []guarded{w, m, v} {
				name := fmt.Sprintf("%c of %d", "wmv"[i], n)
				p.check(t, name)
				near(t, name, p.slice(), want[i], 1e-6)
			}
		}
	})
}

// adamReference is step t of torch.optim.Adam for one weight.
func adamReference(w, g, m, v float32, lr, decay float64, t int) (w1, m1, v1 float64) {
	const b1, b2, eps = 0.9, 0.999, 1e-8
	gi := float64(g) + decay*float64(w)
	m1 = b1*float64(m) + (1-b1)*gi
	v1 = b2*float64(v) + (1-b2)*gi*gi
	mHat, vHat := m1/(1-math.Pow(b1, float64(t))), v1/(1-math.Pow(b2, float64(t)))
	return float64(w) - lr*mHat/(math.Sqrt(vHat)+eps), m1, v1
}

// panelSizes are rows, batch and ld of panels: every tail of a row.
func panelSizes() [][3]int {
	s := [][3]int{{600, 3, 16}, {3, 130, 144}}
	for batch := 2; batch <= 80; batch++ {
		s = append(s, [3]int{1 + batch%4, batch, Pad(batch) + Lane*(batch%2)})
	}
	return s
}

func TestBatchNormForward(t *testing.T) {
	const momentum, eps, slope = 0.1, 1e-5, 0.2
	eachKernel(t, func(t *testing.T) {
		for _, size := range panelSizes() {
			rows, batch, ld := size[0], size[1], size[2]
			r := newRand(2)
			bn := BatchNorm{
				Gamma: normals(r, rows), Beta: normals(r, rows), RunMean: normals(r, rows), RunVar: normals(r, rows),
				Mean: make([]float32, rows), InvStd: make([]float32, rows),
				DGamma: make([]float32, rows), DBeta: make([]float32, rows),
				Eps: eps, Momentum: momentum, Slope: slope,
			}
			a, xhat, z := guardedNormals(r, rows*ld), guardedNormals(r, rows*ld), normals(r, rows*ld)
			for i := range z {
				z[i] += 10 // the variance must not cancel
			}
			runMean, runVar := slices.Clone(bn.RunMean), slices.Clone(bn.RunVar)
			bn.Forward(a.slice(), xhat.slice(), z, rows, batch, ld)
			a.check(t, "a")
			xhat.check(t, "xhat")
			for row := range rows {
				name := fmt.Sprint(" of row ", row, " of ", size)
				zr := z[row*ld:][:batch]
				mean, variance := moments(zr)
				inv := 1 / math.Sqrt(variance+eps)
				h, y := make([]float64, batch), make([]float64, batch)
				for b, v := range zr {
					h[b] = (float64(v) - mean) * inv
					y[b] = leakyReference(float64(bn.Gamma[row])*h[b]+float64(bn.Beta[row]), slope)
				}
				near(t, "xhat"+name, xhat.slice()[row*ld:][:batch], h, 5e-5)
				near(t, "a"+name, a.slice()[row*ld:][:batch], y, 5e-5)
				unbiased := variance * float64(batch) / float64(batch-1)
				near(t, "statistics"+name,
					[]float32{bn.Mean[row], bn.InvStd[row], bn.RunMean[row], bn.RunVar[row]},
					[]float64{
						mean, inv,
						(1-momentum)*float64(runMean[row]) + momentum*mean,
						(1-momentum)*float64(runVar[row]) + momentum*unbiased,
					}, 2e-5)
			}
		}
	})
}

// moments returns the mean and the biased variance.
func moments(x []float32) (mean, variance float64) {
	for _, v := range x {
		mean += float64(v) / float64(len(x))
	}
	for _, v := range x {
		variance += (float64(v) - mean) * (float64(v) - mean) / float64(len(x))
	}
	return mean, variance
}

func TestBatchNormBackward(t *testing.T) {
	const slope = 0.2
	eachKernel(t, func(t *testing.T) {
		for _, size := range panelSizes() {
			rows, batch, ld := size[0], size[1], size[2]
			r := newRand(3)
			bn := BatchNorm{
				Gamma: normals(r, rows), Beta: normals(r, rows), InvStd: normals(r, rows), Slope: slope,
				RunMean: make([]float32, rows), RunVar: make([]float32, rows), Mean: make([]float32, rows),
				DGamma: make([]float32, rows), DBeta: make([]float32, rows),
			}
			da, xhat := guardedNormals(r, rows*ld), normals(r, rows*ld)
			before := slices.Clone(da.slice())
			bn.Backward(da.slice(), xhat, rows, batch, ld)
			da.check(t, "da")
			for row := range rows {
				name := fmt.Sprint(" of row ", row, " of ", size)
				g, h := float64(bn.Gamma[row]), xhat[row*ld:][:batch]
				dy, want := make([]float64, batch), make([]float64, ld)
				var sum, dot float64
				for b := range dy {
					dy[b] = float64(before[row*ld+b])
					if g*float64(h[b])+float64(bn.Beta[row]) <= 0 {
						dy[b] *= slope
					}
					sum += dy[b]
					dot += dy[b] * float64(h[b])
				}
				for b := range dy {
					want[b] = g * float64(bn.InvStd[row]) * (dy[b] - sum/float64(batch) - float64(h[b])*dot/float64(batch))
				}
				near(t, "da"+name, da.slice()[row*ld:][:ld], want, 1e-5)
				near(t, "dBeta, dGamma"+name, []float32{bn.DBeta[row], bn.DGamma[row]}, []float64{sum, dot}, 1e-5)
			}
		}
	})
}

func TestBiasLeaky(t *testing.T) {
	eachKernel(t, func(t *testing.T) {
		for ld := Lane; ld <= 5*Lane; ld += Lane {
			for _, slope := range []float32{0.2, 1} {
				const rows = 3
				r := newRand(4)
				a, z, bias := guardedNormals(r, rows*ld), normals(r, rows*ld), normals(r, rows)
				want := make([]float64, rows*ld)
				for i, v := range z {
					want[i] = leakyReference(float64(v)+float64(bias[i/ld]), float64(slope))
				}
				BiasLeaky(a.slice(), z, bias, slope, rows, ld)
				a.check(t, "a")
				near(t, "a", a.slice(), want, 1e-6)
			}
		}
	})
}

func TestLeakyGrad(t *testing.T) {
	eachKernel(t, func(t *testing.T) {
		for n := range 301 {
			r := newRand(5)
			da, a := guardedNormals(r, n), normals(r, n)
			want := make([]float64, n)
			for i := range a {
				a[i] = []float32{a[i], 0}[i%5/4]
				want[i] = float64(da.slice()[i])
				if a[i] <= 0 {
					want[i] *= 0.2
				}
			}
			LeakyGrad(da.slice(), a, 0.2)
			da.check(t, "da")
			near(t, "da", da.slice(), want, 1e-6)
		}
	})
}

// A diverged training must be seen, not turned into numbers by a maximum.
func TestNaNIsKept(t *testing.T) {
	eachKernel(t, func(t *testing.T) {
		nan := float32(math.NaN())
		z := slices.Repeat([]float32{nan}, Lane)
		BiasLeaky(z, z, []float32{1}, 0.2, 1, Lane)
		x := []float32{nan}
		LeakyGrad(x, []float32{1}, 0.2)
		bn := BatchNorm{
			Gamma: []float32{1}, Beta: []float32{0}, RunMean: []float32{0}, RunVar: []float32{1},
			Mean: []float32{0}, InvStd: []float32{0}, DGamma: []float32{0}, DBeta: []float32{0}, Slope: 0.2,
		}
		a := make([]float32, Lane)
		bn.Forward(a, make([]float32, Lane), []float32{1, nan, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}, 1, Lane, Lane)
		for i, v := range slices.Concat(z, x, a) {
			if v == v {
				t.Errorf("element %d is %v, expected NaN", i, v)
			}
		}
	})
}

func TestTranspose(t *testing.T) {
	eachKernel(t, func(t *testing.T) {
		for rows := range 35 {
			for cols := range 35 {
				lds, ldd := cols+3, rows+5
				r := newRand(6)
				src, dst := normals(r, rows*lds), guardedNormals(r, cols*ldd)
				want := make([]float64, cols*ldd)
				for i, v := range dst.slice() {
					want[i] = float64(v)
				}
				for i := range rows {
					for j := range cols {
						want[j*ldd+i] = float64(src[i*lds+j])
					}
				}
				Transpose(dst.slice(), src, rows, cols, ldd, lds)
				dst.check(t, "dst")
				near(t, fmt.Sprintf("dst of %d×%d", rows, cols), dst.slice(), want, 0)
			}
		}
	})
}

func TestDot(t *testing.T) {
	eachKernel(t, func(t *testing.T) {
		for n := range 301 {
			r := newRand(7)
			x, y := normals(r, n), normals(r, n)
			var want float64
			for i := range x {
				want += float64(x[i]) * float64(y[i])
			}
			if got := Dot(x, y); math.Abs(got-want) > 1e-12 {
				t.Fatalf("of %d elements: %v, expected %v", n, got, want)
			}
		}
	})
}

func TestSphere(t *testing.T) {
	eachKernel(t, func(t *testing.T) {
		for d := 1; d <= 70; d++ {
			z := normals(newRand(8), 3*d)
			clear(z[d : 2*d])
			Sphere(z, d)
			for row := range 3 {
				if norm := math.Sqrt(Dot(z[row*d:][:d], z[row*d:][:d])); math.Abs(norm-1) > 1e-6 {
					t.Errorf("row %d of length %d has norm %v, expected 1", row, d, norm)
				}
			}
		}
	})
}

func TestShortSlicesPanic(t *testing.T) {
	s := func(n int) []float32 { return make([]float32, n) }
	for name, call := range map[string]func(){
		"Forward y":     func() { Forward(s(31), s(6), s(48), 2, 3, 16) },
		"Forward w":     func() { Forward(s(32), s(5), s(48), 2, 3, 16) },
		"Forward x":     func() { Forward(s(32), s(6), s(47), 2, 3, 16) },
		"Forward ld":    func() { Forward(s(34), s(6), s(51), 2, 3, 17) },
		"InputGrad w":   func() { InputGrad(s(48), s(5), s(32), 3, 2, 16, 3) },
		"WeightGrad dw": func() { WeightGrad(s(5), s(32), s(48), 2, 3, 16, 16) },
		"WeightGrad dy": func() { WeightGrad(s(6), s(31), s(48), 2, 3, 16, 16) },
		"WeightGrad xt": func() { WeightGrad(s(6), s(32), s(47), 2, 3, 16, 16) },
		"Adam":          func() { Adam(s(4), s(4), s(4), s(3), AdamStep{}) },
		"BiasLeaky":     func() { BiasLeaky(s(32), s(32), s(1), 1, 2, 16) },
		"LeakyGrad":     func() { LeakyGrad(s(3), s(4), 1) },
		"Transpose":     func() { Transpose(s(11), s(12), 3, 4, 3, 4) },
		"Dot":           func() { Dot(s(4), s(3)) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			call()
		})
	}
}

func TestKernelsDoNotAllocate(t *testing.T) {
	eachKernel(t, func(t *testing.T) {
		const n, ld = 20, 16
		w, m, v, x := make([]float32, n*n), make([]float32, n*n), make([]float32, n*n), make([]float32, n*ld)
		y, xt, scratch := make([]float32, n*ld), make([]float32, n*ld), make([]float32, n*n)
		p := make([]float32, n)
		bn := BatchNorm{Gamma: p, Beta: p, RunMean: p, RunVar: p, Mean: p, InvStd: p, DGamma: p, DBeta: p}
		got := testing.AllocsPerRun(100, func() {
			Forward(y, w, x, n, n, ld)
			bn.Forward(y, y, y, n, ld, ld)
			bn.Backward(y, y, n, ld, ld)
			WeightGradAdam(w, m, v, y, xt, scratch, n, n, ld, ld, AdamStep{})
		})
		if got > 1 { // the collector may empty the pools
			t.Errorf("%v allocations a run", got)
		}
	})
}

func TestPeakFMA(t *testing.T) {
	eachKernel(t, func(t *testing.T) {
		if rate := PeakFMA(time.Microsecond); !(rate > 0) || math.IsInf(rate, 0) {
			t.Errorf("%v GFLOP/s", rate)
		}
	})
}
