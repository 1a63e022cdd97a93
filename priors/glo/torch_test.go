package glo

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"

	"sedlab/internal/nn"
)

// recording is testdata/torch.json, which testdata/record_torch.py wrote.
type recording struct {
	CodeDim   int   `json:"code_dim"`
	Hidden    []int `json:"hidden"`
	Dim       int   `json:"dim"`
	BatchSize int   `json:"batch_size"`
	Slope     float64
	Cases     []torchCase
}

type torchCase struct {
	Name        string
	BatchNorm   bool `json:"batch_norm"`
	Schedule    string
	LRGenerator float64 `json:"lr_generator"`
	LRCodes     float64 `json:"lr_codes"`
	WeightDecay float64 `json:"weight_decay"`
	Flux, Codes []float32
	Initial     []torchLayer
	Epochs      []struct {
		Order         []int
		Losses, Codes []float64
		Layers        []torchLayer
	}
	Generated []float64
}

type torchLayer struct {
	W, Bias []float64
	Norm    *struct {
		Gamma, Beta []float64
		RunMean     []float64 `json:"run_mean"`
		RunVar      []float64 `json:"run_var"`
	}
}

func TestTrainingMatchesPyTorch(t *testing.T) {
	file, err := os.ReadFile("testdata/torch.json")
	if err != nil {
		t.Fatal(err)
	}
	var rec recording
	if err := json.Unmarshal(file, &rec); err != nil {
		t.Fatal(err)
	}
	for _, c := range rec.Cases {
		t.Run(c.Name, func(t *testing.T) { replay(t, rec, c) })
	}
}

func replay(t *testing.T, rec recording, c torchCase) {
	config := &Config{
		CodeDim: rec.CodeDim, Hidden: rec.Hidden, Activation: Activation{rec.Slope}, BatchNorm: c.BatchNorm,
		Training: Training{
			Epochs: len(c.Epochs), BatchSize: rec.BatchSize, LRGenerator: c.LRGenerator, LRCodes: c.LRCodes,
			WeightDecay: c.WeightDecay, Schedule: c.Schedule,
		},
	}
	net := initial(config.network(rec.Dim), c.Initial)
	codes := newCodes(c.Codes, rec.CodeDim, true)
	loop := newLoop(config, net, codes, standard{flux: c.Flux}, 2)
	defer loop.trainer.Close()
	for e, want := range c.Epochs {
		loop.lrGenerator, loop.lrCodes = config.Training.rates(e + 1)
		loss, err := loop.epoch(t.Context(), want.Order, 0)
		if err != nil {
			t.Fatal(err)
		}
		net, at := loop.trainer.Network(), fmt.Sprintf("epoch %d: ", e+1)
		near(t, at+"loss", []float32{float32(loss)}, []float64{epochLoss(want.Losses, rec.BatchSize, len(want.Order))})
		near(t, at+"codes", codes.z, want.Codes)
		for k, l := range want.Layers {
			at := fmt.Sprintf("%slayer %d ", at, k)
			near(t, at+"weights", net.Layers[k].W, l.W)
			near(t, at+"bias", net.Layers[k].Bias, l.Bias)
			if l.Norm != nil {
				near(t, at+"gamma", net.Layers[k].Norm.Gamma, l.Norm.Gamma)
				near(t, at+"beta", net.Layers[k].Norm.Beta, l.Norm.Beta)
				near(t, at+"running mean", net.Layers[k].Norm.RunMean, l.Norm.RunMean)
				near(t, at+"running variance", net.Layers[k].Norm.RunVar, l.Norm.RunVar)
			}
		}
	}
	x := make([]float32, len(c.Generated))
	New(Model{Net: loop.trainer.Network(), Codes: codes.z, Mean: make([]float32, rec.Dim), Scale: 1}).NewTape(len(codes.steps)).Generate(x, codes.z)
	near(t, "generated", x, c.Generated)
}

// initial returns a network with the recorded parameters.
func initial(c nn.Config, layers []torchLayer) *nn.MLP {
	net := &nn.MLP{Config: c}
	in := c.In
	for _, l := range layers {
		out := len(l.W) / in
		layer := nn.Layer{In: in, Out: out, W: narrow(l.W), Bias: narrow(l.Bias)}
		if l.Norm != nil {
			layer.Norm = &nn.Norm{
				Gamma: narrow(l.Norm.Gamma), Beta: narrow(l.Norm.Beta),
				RunMean: narrow(l.Norm.RunMean), RunVar: narrow(l.Norm.RunVar),
			}
		}
		net.Layers = append(net.Layers, layer)
		in = out
	}
	return net
}

func narrow(x []float64) []float32 {
	if x == nil {
		return nil
	}
	y := make([]float32, len(x))
	for i, v := range x {
		y[i] = float32(v)
	}
	return y
}

// epochLoss returns the mean over signals of the recorded losses of an epoch's batches.
func epochLoss(losses []float64, batch, signals int) float64 {
	var sum float64
	for i, l := range losses {
		sum += l * float64(min(batch, signals-i*batch))
	}
	return sum / float64(signals)
}

// near allows for rounding in float32 over the recorded steps.
func near(t *testing.T, what string, got []float32, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d elements, PyTorch has %d", what, len(got), len(want))
	}
	for i, w := range want {
		if d := off(got[i], w); !(d <= 1) {
			t.Fatalf("%s[%d] = %g, PyTorch has %g (%.1f times the tolerance)", what, i, got[i], w, d)
		}
	}
}

// off returns a difference in units of the tolerance, 1e-5 relative plus 1e-6 absolute.
func off(got float32, want float64) float64 {
	return math.Abs(float64(got)-want) / (1e-5*math.Abs(want) + 1e-6)
}
