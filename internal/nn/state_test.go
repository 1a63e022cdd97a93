package nn

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"sedlab/internal/safetensors"
)

// file returns the bytes of a file with the tensors.
func file(t *testing.T, tensors []safetensors.Tensor) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := safetensors.Write(&b, &safetensors.File{Tensors: tensors}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// reread writes the tensors to a file and reads it back.
func reread(t *testing.T, tensors ...safetensors.Tensor) *safetensors.File {
	t.Helper()
	f, err := safetensors.Parse(file(t, tensors))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// A training that is resumed from a file with other workers takes the same steps.
func TestRestoredTrainerTakesTheSameSteps(t *testing.T) {
	for _, s := range shapes {
		net, z, x := example(s.c, s.batch)
		whole := NewTrainer(net, s.batch, 1, 0.1)
		defer whole.Close()
		dz := make([]float32, len(z))
		for range 3 {
			whole.Step(dz, z, x, 0.01)
		}
		f := reread(t, append(whole.Network().State(whole.Steps()), whole.State()...)...)
		loaded, steps, err := Load(s.c, f)
		if err != nil {
			t.Fatal(err)
		}
		hasNorm := s.c.BatchNorm && len(s.c.Hidden) > 0
		if want := int64(3); hasNorm && steps != want || !hasNorm && steps != 0 {
			t.Errorf("%s: %d steps were loaded, expected %d", s.name, steps, want)
		}
		resumed := NewTrainer(loaded, s.batch, 2, 0.1)
		defer resumed.Close()
		if err := resumed.Restore(f); err != nil {
			t.Fatal(err)
		}
		for step := range 3 {
			want, got := whole.Step(dz, z, x, 0.01), resumed.Step(dz, z, x, 0.01)
			if math.Float64bits(got) != math.Float64bits(want) {
				t.Errorf("%s: step %d after: loss %v, undisturbed %v", s.name, step, got, want)
			}
		}
		if !bytes.Equal(file(t, resumed.Network().State(resumed.Steps())), file(t, whole.Network().State(whole.Steps()))) ||
			!bytes.Equal(file(t, resumed.State()), file(t, whole.State())) {
			t.Errorf("%s: the state after differs from the undisturbed one", s.name)
		}
	}
}

// PyTorch 1.13 listed these names and shapes from the state_dict of
// Sequential(Linear(3, 4, bias=False), BatchNorm1d(4), LeakyReLU(), Linear(4, 2))
// and of Sequential(Linear(3, 4), LeakyReLU(), Linear(4, 2)).
func TestStateIsNamedAsInPyTorch(t *testing.T) {
	for batchNorm, want := range map[bool]string{
		true: "0.weight [4 3]; 1.weight [4]; 1.bias [4]; 1.running_mean [4]; 1.running_var [4]; 1.num_batches_tracked []; " +
			"3.weight [2 4]; 3.bias [2]",
		false: "0.weight [4 3]; 0.bias [4]; 2.weight [2 4]; 2.bias [2]",
	} {
		net, _, _ := example(Config{In: 3, Hidden: []int{4}, Out: 2, BatchNorm: batchNorm}, 1)
		var got []string
		for _, x := range net.State(0) {
			got = append(got, fmt.Sprint(x.Name, " ", x.Shape))
		}
		if text := strings.Join(got, "; "); text != want {
			t.Errorf("batch norm %v: got %s, PyTorch has %s", batchNorm, text, want)
		}
	}
}

func TestLoadAndRestoreRefuse(t *testing.T) {
	c := shapes[0].c
	net, _, _ := example(c, 2)
	tr := NewTrainer(net, 2, 1, 0)
	defer tr.Close()
	whole := append(net.State(5), tr.State()...)
	other := c
	other.Hidden = []int{17, 14}
	_, _, shape := Load(other, reread(t, whole...))
	_, _, missing := Load(c, reread(t, whole[1:]...))
	uneven := slices.Clone(whole)
	for i := range uneven {
		if uneven[i].Name == "4.num_batches_tracked" {
			uneven[i].Data = []int64{6}
		}
	}
	_, _, steps := Load(c, reread(t, uneven...))
	noMoment := tr.Restore(reread(t, whole[:len(whole)-1]...))
	negative := tr.Restore(reread(t, safetensors.Tensor{Name: "step", Data: []int64{-1}}))
	for want, err := range map[string]error{
		`tensor "3.weight": shape (13, 17), expected (14, 17)`: shape,
		`tensor "0.weight": missing`:                           missing,
		`tensor "4.num_batches_tracked": 6, expected 5`:        steps,
		`tensor "6.bias.exp_avg_sq": missing`:                  noMoment,
		`tensor "step": -1, expected a number of steps`:        negative,
	} {
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got error %v, expected %s", err, want)
		}
	}
}
