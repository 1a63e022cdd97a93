package glo

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sedlab/internal/safetensors"
	"sedlab/priors"
	"sedlab/priors/priortest"
)

// saved is a Checkpoint that restores state and records what is saved.
type saved struct {
	state *priors.State
	due   func(epoch int) bool
	asked int
	files [][]byte
}

func (s *saved) Restore() *priors.State { return s.state }

func (s *saved) Due() bool {
	s.asked++
	return s.due != nil && s.due(s.asked)
}

func (s *saved) Save(state *priors.State) error {
	var b bytes.Buffer
	err := safetensors.Write(&b, state)
	s.files = append(s.files, b.Bytes())
	return err
}

// checkpoint returns the last state of a training by c.
func checkpoint(t *testing.T, c *Config) *priors.State {
	t.Helper()
	keep := &saved{due: func(epoch int) bool { return epoch == c.Training.Epochs }}
	data := priortest.Data()
	data.Checkpoint = keep
	train(t, c, data)
	return parse(t, keep.files[0])
}

func parse(t *testing.T, file []byte) *priors.State {
	t.Helper()
	s, err := safetensors.Parse(file)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSavesOnlyWhenDue(t *testing.T) {
	keep := &saved{due: func(epoch int) bool { return epoch == 2 || epoch == 3 }}
	data := priortest.Data()
	data.Checkpoint = keep
	train(t, small(), data)
	if keep.asked != 4 || len(keep.files) != 2 {
		t.Errorf("4 epochs, two of them due: Due was asked %d times, %d checkpoints were saved", keep.asked, len(keep.files))
	}
	for i, file := range keep.files {
		if loss, err := parse(t, file).Float64s("loss", -1); err != nil || len(loss) != i+2 {
			t.Errorf("checkpoint %d is of %d epochs: %v", i, len(loss), err)
		}
	}
}

func TestAnInterruptedTrainingIsSaved(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	keep := new(saved) // which is never due
	data := priortest.Data()
	data.Checkpoint = keep
	data.Progress = func(e priors.Epoch) {
		if e.Epoch == 2 {
			interrupt()
		}
	}
	if _, err := small().Train(ctx, data); !errors.Is(err, context.Canceled) || len(keep.files) != 1 {
		t.Fatalf("error %v and %d checkpoints, expected %v and 1", err, len(keep.files), context.Canceled)
	}
	if loss, err := parse(t, keep.files[0]).Float64s("loss", -1); err != nil || len(loss) != 2 {
		t.Errorf("the checkpoint is of %d epochs (%v), expected 2", len(loss), err)
	}
}

// An interrupted training finishes an epoch that is likely to end soon.
func TestAnEpochEndsWithinPatience(t *testing.T) {
	data, c := priortest.Data(), small()
	c.Training.BatchSize = 8
	std, err := standardize(data)
	if err != nil {
		t.Fatal(err)
	}
	l, err := c.begin(data, std)
	if err != nil {
		t.Fatal(err)
	}
	defer l.trainer.Close()
	order := make([]int, data.Len())
	for i := range order {
		order[i] = i
	}
	for patience, want := range map[time.Duration]error{time.Hour: nil, 0: context.Canceled} {
		// Done at the second call of Err, after a step.
		ctx := &doneAfter{Context: t.Context(), asks: 1}
		if _, err := l.epoch(ctx, order, patience); !errors.Is(err, want) {
			t.Errorf("with a patience of %v: error %v, expected %v", patience, err, want)
		}
	}
}

// doneAfter is a context that is canceled after a number of calls of Err.
type doneAfter struct {
	context.Context
	asks int
}

func (c *doneAfter) Err() error {
	if c.asks--; c.asks < 0 {
		return context.Canceled
	}
	return nil
}

// A longer training goes on from a shorter one, without repeating its epochs.
func TestMoreEpochsContinueATraining(t *testing.T) {
	long := small()
	long.Training.Schedule = "constant"
	short := *long
	short.Training.Epochs = 2
	want, _ := train(t, long, priortest.Data())
	keep := &saved{state: checkpoint(t, &short)}
	data := priortest.Data()
	data.Checkpoint = keep
	got, epochs := train(t, long, data)
	if keep.asked != 2 || len(epochs) != 4 {
		t.Errorf("2 of 4 epochs were left: %d were taken, %d reported", keep.asked, len(epochs))
	}
	if !slices.Equal(got.Model().Codes, want.Model().Codes) || !slices.Equal(got.Model().Mean, want.Model().Mean) {
		t.Error("the training that was continued gives other codes")
	}
}

func TestTrainRefusesCheckpointsThatDoNotFit(t *testing.T) {
	prior, _ := train(t, small(), priortest.Data())
	for _, tc := range []struct {
		want   string
		change func(*Config, *priors.State)
	}{
		{`metadata "architecture": `, func(c *Config, s *priors.State) { c.Hidden = []int{20, 31} }},
		{`metadata "format": "sedlab prior 1", expected "sedlab checkpoint 1"`, func(_ *Config, s *priors.State) { *s = *prior.State() }},
		{`metadata "kind": "", expected "glo"`, func(_ *Config, s *priors.State) { delete(s.Metadata, "kind") }},
		{`has 4 epochs, the training 3`, func(c *Config, _ *priors.State) { c.Training.Epochs = 3 }},
		{`tensor "codes.step": -1, expected`, func(_ *Config, s *priors.State) { tensor(s, "codes.step").([]int64)[0] = -1 }},
		{`BatchNorm counts 7 steps, Adam 20`, func(_ *Config, s *priors.State) {
			tensor(s, "1.num_batches_tracked").([]int64)[0] = 7
			tensor(s, "4.num_batches_tracked").([]int64)[0] = 7
		}},
		{`tensor "more": not expected here`, func(_ *Config, s *priors.State) {
			s.Tensors = append(s.Tensors, priors.Tensor{Name: "more", Data: []float32{1}})
		}},
	} {
		c := small()
		s := checkpoint(t, c)
		tc.change(c, s)
		data := priortest.Data()
		data.Checkpoint = &saved{state: s}
		if _, err := c.Train(t.Context(), data); err == nil || !strings.HasPrefix(err.Error(), "checkpoint: "+tc.want) {
			t.Errorf("got error %v, expected %s…", err, tc.want)
		}
	}
	for i, tensor := range checkpoint(t, small()).Tensors {
		s := checkpoint(t, small())
		s.Tensors = slices.Delete(s.Tensors, i, i+1)
		data := priortest.Data()
		data.Checkpoint = &saved{state: s}
		want := fmt.Sprintf("checkpoint: tensor %q: missing", tensor.Name)
		if _, err := small().Train(t.Context(), data); err == nil || err.Error() != want {
			t.Errorf("without %s: got error %v, expected %s", tensor.Name, err, want)
		}
	}
}

// tensor returns the data of a tensor of a state.
func tensor(s *priors.State, name string) any {
	i := slices.IndexFunc(s.Tensors, func(t priors.Tensor) bool { return t.Name == name })
	return s.Tensors[i].Data
}

func TestACheckpointIsNoPrior(t *testing.T) {
	want := `metadata "format": "sedlab checkpoint 1", expected "sedlab prior 1"`
	if _, err := new(Config).Open(checkpoint(t, small())); err == nil || err.Error() != want {
		t.Errorf("got error %v, expected %s", err, want)
	}
}

func TestOpenRefusesArchitectures(t *testing.T) {
	prior, _ := train(t, small(), priortest.Data())
	for text, want := range map[string]string{
		``:                                       "EOF",
		`[]`:                                     "cannot unmarshal array",
		`{"colour":1}`:                           `unknown field "colour"`,
		`{"hidden":[0]}`:                         "a width of 0",
		`{"code_dim":1,"dim":1,"leaky_relu":-1}`: "leaky_relu -1; expected",
		`{"hidden":[` + strings.Repeat("1,", 300) + `1]}`:                                                  "301 hidden layers; expected at most 256",
		`{"code_dim":4,"hidden":[20,30],"dim":29,"batch_norm":true,"leaky_relu":0.2}{}`:                    "more than one value",
		`{"code_dim":4,"hidden":[20,30],"dim":29,"batch_norm":false,"leaky_relu":0.2}`:                     `tensor "0.bias": missing`,
		`{"code_dim":5,"hidden":[20,30],"dim":29,"batch_norm":true,"leaky_relu":0.2}`:                      `tensor "0.weight": shape (20, 4), expected (20, 5)`,
		`{"code_dim":4,"hidden":[9223372036854775807,30],"dim":29,"batch_norm":true}`:                      `a width of 9223372036854775807; expected one in`,
		`{"code_dim":4,"hidden":[1,9999999,1],"dim":29,"batch_norm":true}`:                                 `650001856 weights, padding included; expected at most`,
		`{"code_dim":4,"hidden":[9223372036854775808,30],"dim":29,"batch_norm":true,"leaky_relu":0.2}`:     "cannot unmarshal number",
		`{"code_dim":4,"hidden":[20,30],"dim":29,"batch_norm":true,"leaky_relu":0.2,"extra":{"a":[1,{}]}}`: `unknown field "extra"`,
	} {
		s := prior.State()
		s.Metadata[architectureKey] = text
		if _, err := new(Config).Open(s); err == nil || !strings.Contains(err.Error(), want) || len(err.Error()) > 500 {
			t.Errorf("%.80s: got error %v, expected %s", text, err, want)
		}
	}
}

// Any file is either refused or a usable prior.
func FuzzOpen(f *testing.F) {
	c := small()
	c.CodeDim, c.Hidden, c.Training.Epochs = 1, []int{2}, 1
	prior, err := c.Train(f.Context(), priors.Data{Flux: []float32{1, 2, 3, 5}, Dim: 2})
	if err != nil {
		f.Fatal(err)
	}
	var b bytes.Buffer
	if err := safetensors.Write(&b, prior.(*Prior).State()); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := safetensors.Parse(data)
		if err != nil {
			return
		}
		p, err := new(Config).Open(s)
		if err != nil {
			return
		}
		g := p.(*Prior)
		g.NewTape(1).Generate(make([]float32, g.Dim()), make([]float32, g.CodeDim()))
	})
}

// Any file is either refused or the state of a training, whole.
func FuzzResume(f *testing.F) {
	c := small()
	c.CodeDim, c.Hidden, c.Training.Epochs = 1, []int{2}, 1
	keep := &saved{due: func(int) bool { return true }}
	data := priors.Data{Flux: []float32{1, 2, 3, 5}, Dim: 2, Workers: 1, Checkpoint: keep}
	if _, err := c.Train(f.Context(), data); err != nil {
		f.Fatal(err)
	}
	file := keep.files[0]
	body := 8 + binary.LittleEndian.Uint64(file)
	f.Add(file[8:body], file[body:])
	f.Fuzz(func(t *testing.T, header, body []byte) {
		length := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
		s, err := safetensors.Parse(slices.Concat(length, header, body))
		if err != nil {
			return
		}
		std, err := standardize(data)
		if err != nil {
			t.Fatal(err)
		}
		l, err := c.resume(s, std, 1)
		if err != nil {
			return
		}
		defer l.trainer.Close()
		byName := cmpopts.SortSlices(func(a, b priors.Tensor) bool { return a.Name < b.Name })
		if d := cmp.Diff(s.Tensors, l.state().Tensors, byName, cmpopts.EquateNaNs(), cmpopts.EquateEmpty()); d != "" {
			t.Errorf("the training that goes on from a state has another (-restored +saved):\n%s", d)
		}
	})
}
