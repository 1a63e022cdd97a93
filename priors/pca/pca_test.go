package pca_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"sedlab/priors"
	"sedlab/priors/pca"
	"sedlab/priors/priortest"
)

func TestContract(t *testing.T) { priortest.Run(t, pca.Kind, &pca.Config{CodeDim: 4}) }

func train(t *testing.T, d int, data priors.Data) priors.Affine {
	t.Helper()
	prior, err := (&pca.Config{CodeDim: d}).Train(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	return prior.(priors.Affine)
}

func dot(x, y []float32) float64 {
	var s float64
	for i, v := range x {
		s += float64(v) * float64(y[i])
	}
	return s
}

func TestRowsAreOrthogonalAndAsLongAsTheirDeviation(t *testing.T) {
	const d = 6
	data := priortest.Data()
	p := train(t, d, data)
	n, mean, basis := data.Dim, p.Mean(), p.Basis()
	if len(basis) != d*n {
		t.Fatalf("the basis has %d numbers, expected %d", len(basis), d*n)
	}
	last := math.Inf(1)
	for k := range d {
		row := basis[k*n : (k+1)*n]
		length := math.Sqrt(dot(row, row))
		for l := range k {
			if c := dot(row, basis[l*n:(l+1)*n]) / (length * last); math.Abs(c) > 1e-4 {
				t.Errorf("rows %d and %d have cosine %g", k, l, c)
			}
		}
		var sq float64
		for i := range data.Len() {
			x := data.Flux[i*n : (i+1)*n]
			c := (dot(x, row) - dot(mean, row)) / length
			sq += c * c
		}
		if sd := math.Sqrt(sq / float64(data.Len()-1)); math.Abs(sd-length) > 1e-4*sd+1e-6 {
			t.Errorf("row %d has length %g, the signals' deviation along it is %g", k, length, sd)
		}
		if length > last {
			t.Errorf("row %d has more variance than row %d", k, k-1)
		}
		last = length
	}
}

func TestRowsPointToTheirLargestEntry(t *testing.T) {
	data := priortest.Data()
	p := train(t, 5, data)
	for k := range 5 {
		largest := float32(0)
		for _, v := range p.Basis()[k*data.Dim : (k+1)*data.Dim] {
			if max(v, -v) > max(largest, -largest) {
				largest = v
			}
		}
		if largest <= 0 {
			t.Errorf("row %d: the entry of largest magnitude is %g, expected a positive one", k, largest)
		}
	}
}

// Two exact components leave nothing for a third.
func TestComponentWithoutVarianceIsZero(t *testing.T) {
	const n, dim = 12, 8
	rnd := rand.New(rand.NewPCG(1, 1))
	data := priors.Data{Dim: dim}
	for range n {
		a, b := float32(rnd.IntN(9)-4), float32(rnd.IntN(9)-4)
		for k := range dim {
			data.Flux = append(data.Flux, 2+a*float32(k%2)+b*float32(k/4))
		}
	}
	p := train(t, 3, data)
	if row := p.Basis()[2*dim:]; dot(row, row) > 1e-10 {
		t.Errorf("the third component has length² %g", dot(row, row))
	}
}

func TestCheck(t *testing.T) {
	for _, tc := range []struct {
		d, n, dim int
		want      string
	}{
		{50, 0, 0, ""},
		{50, 51, 50, ""},
		{50, 50, 1000, "50 training signals"},
		{50, 900, 49, "signals of 49 fluxes"},
	} {
		errs := (&pca.Config{CodeDim: tc.d}).Check(tc.n, tc.dim)
		switch {
		case tc.want == "" && len(errs) > 0:
			t.Errorf("code_dim %d, n %d, dim %d: refused: %v", tc.d, tc.n, tc.dim, errs)
		case tc.want != "" && (len(errs) != 1 || errs[0].Key != "code_dim" || !strings.Contains(errs[0].Problem, tc.want)):
			t.Errorf("code_dim %d, n %d, dim %d: got %v, expected one error on code_dim with %q", tc.d, tc.n, tc.dim, errs, tc.want)
		}
	}
}

func TestTrainSaysWhatIsWrong(t *testing.T) {
	infinite := priortest.Data()
	infinite.Flux[2*infinite.Dim+3] = float32(math.Inf(-1))
	for want, tc := range map[string]struct {
		d    int
		data priors.Data
	}{
		"training signal 2: flux 3 is -Inf": {2, infinite},
		"there are no training signals":     {2, priors.Data{Dim: 3}},
		"code_dim: 37 training signals":     {37, priortest.Data()},
	} {
		if _, err := (&pca.Config{CodeDim: tc.d}).Train(t.Context(), tc.data); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, expected %q", err, want)
		}
	}
}
