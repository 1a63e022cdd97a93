package vad

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"sedlab/internal/safetensors"
	"sedlab/priors"
	"sedlab/priors/priortest"
)

// twoClasses returns signals of two classes, each a bent curve of its own, with noise and without.
func twoClasses(count, dim int, seed uint64) (noisy, clean []float32) {
	a, cleanA := curved(count, dim, seed)
	b, cleanB := curved(count, dim, seed+100)
	for i := range count {
		for j := range dim {
			at := i*dim + j
			if i%2 == 1 { // mirrored, and below
				other := (i+1)*dim - 1 - j
				a[at], cleanA[at] = 1-b[other], 1-cleanB[other]
			}
		}
	}
	return a, cleanA
}

// Of signals of two classes, generators of two classes know more than one of both.
func TestClasses(t *testing.T) {
	const dim, count = 48, 600
	flux, _ := twoClasses(count, dim, 1)
	noisy, clean := twoClasses(100, dim, 2)
	start := priortest.Selection{Dim: dim} // the first third
	for j := range dim / 3 {
		start.At = append(start.At, j)
	}
	var ms []priors.Measurement
	for i := range 100 {
		m := priors.Measurement{Signal: i, Op: start, Y: make([]float32, len(start.At))}
		m.Op.Apply(m.Y, noisy[i*dim:(i+1)*dim])
		ms = append(ms, m)
	}
	data := priors.Data{Flux: flux, Dim: dim, Seed: 1, Workers: 2}
	c := small(nil)
	c.Training.Epochs = 100
	one, _ := score(t, c, data, ms, clean)
	c.Classes = []int{2}
	two, z := score(t, c, data, ms, clean)
	if two > 0.8*one {
		t.Errorf("mean squared error %.3g with two classes, %.3g with one", two, one)
	}
	if z < 0.4 || z > 2.5 {
		t.Errorf("errors are %.2g deviations", z)
	}
}

// A class with few signals keeps the linear part alone, and the last epoch is still reported.
func TestSmallClass(t *testing.T) {
	const dim, count = 24, 90
	rnd := rand.New(rand.NewPCG(1, 2))
	flux := make([]float32, count*dim)
	for i := range flux {
		flux[i] = float32(rnd.NormFloat64()) + 20*float32(min(1, (i/dim)%10)) // a tenth is far below the others
	}
	c := small(nil)
	c.Classes = []int{2}
	var epochs []priors.Epoch
	p, err := c.Train(t.Context(), priors.Data{Flux: flux, Dim: dim, Workers: 1, Progress: func(e priors.Epoch) { epochs = append(epochs, e) }})
	if err != nil {
		t.Fatal(err)
	}
	g := p.(*Prior).groups[0]
	if len(g.members) != 2 {
		t.Fatalf("%d classes of shares %v, expected 2", len(g.members), g.shares)
	}
	for k, m := range g.members {
		last := m.net.Layers[len(m.net.Layers)-1]
		if linear := !slices.ContainsFunc(last.W, func(w float32) bool { return w != 0 }); linear != (g.shares[k] < 0.5) {
			t.Errorf("class %d with a share of %g: linear %v", k, g.shares[k], linear)
		}
	}
	if !epochs[len(epochs)-1].Last() {
		t.Error("no epoch is reported as the last")
	}
	if len(epochs) != c.Training.Epochs {
		t.Errorf("%d epochs were reported, expected %d", len(epochs), c.Training.Epochs)
	}
}

// Files with shares that are none are refused.
func TestOpenRefusesShares(t *testing.T) {
	c := small([]int{2})
	c.Classes, c.Training.Epochs = []int{2}, 1
	p, err := c.Train(t.Context(), priortest.Data())
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"[]", "[[]]", "[[1],[1]]", "[[0.5,-0.5]]", "[[0.5,2]]", "[[0.2,0.2,0.6]]"} {
		s := p.(priors.Keeper).State()
		s.Metadata[aboutKey] = `{"code_dims":[2],"shares":` + bad + `,"hidden":[16,16],"leaky_relu":0.2}`
		var b bytes.Buffer
		if err := safetensors.Write(&b, s); err != nil {
			t.Fatal(err)
		}
		parsed, err := safetensors.Parse(b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := new(Config).Open(parsed); err == nil {
			t.Errorf("shares %s are accepted", bad)
		}
	}
}

// planted returns signals of some classes, each with three factors and a mean of its own.
func planted(classes, count, dim int, seed uint64) (flux []float32) {
	rnd := rand.New(rand.NewPCG(seed, 3))
	for i := range count {
		phase, z := 2*float64(i%classes), [3]float64{rnd.NormFloat64(), rnd.NormFloat64(), rnd.NormFloat64()}
		for j := range dim {
			v, x := 3*phase, float64(j)/float64(dim)
			for k, c := range z {
				v += c * math.Sin((float64(k)+phase+1)*(2*x+phase))
			}
			flux = append(flux, float32(v+0.1*rnd.NormFloat64()))
		}
	}
	return flux
}

// Validation signals choose two classes where there are two, and one where there is one.
func TestChoosesClasses(t *testing.T) {
	const dim = 48
	for _, classes := range []int{1, 2} {
		data := priors.Data{Dim: dim, Seed: 1, Workers: 2, Flux: planted(classes, 400, dim, 1), Validation: planted(classes, 60, dim, 2)}
		c := small(nil)
		c.Classes, c.Training.Epochs = []int{2, 1}, 1
		p, err := c.Train(t.Context(), data)
		if err != nil {
			t.Fatal(err)
		}
		q := p.(*Prior)
		if got := len(q.groups[0].members); got != classes || !strings.HasPrefix(q.Chosen(), fmt.Sprintf("classes %d; ", classes)) {
			t.Errorf("%d classes of signals: %q, %d generators", classes, q.Chosen(), got)
		}
		opened, err := c.Open(q.State())
		if err != nil {
			t.Fatal(err)
		}
		if got := opened.(*Prior).Chosen(); got != q.Chosen() {
			t.Errorf("opened: %q, expected %q", got, q.Chosen())
		}
	}
}
