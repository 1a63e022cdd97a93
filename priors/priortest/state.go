package priortest

import (
	"bytes"
	"slices"
	"testing"

	"sedlab/internal/safetensors"
	"sedlab/priors"
)

// testState checks that a prior comes back from its file bit for bit, and that Open
// refuses every state of another kind and every missing, extra or misshapen tensor.
func testState(t *testing.T, kind priors.Kind, prior priors.Prior) {
	keeper, isKeeper := prior.(priors.Keeper)
	config, opens := kind.New().(priors.Opener)
	if isKeeper != opens {
		t.Fatalf("the config is an Opener: %v; its prior is a Keeper: %v", opens, isKeeper)
	}
	if !isKeeper {
		return
	}
	file := encode(t, keeper.State())
	again, err := config.Open(decode(t, file))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(bits(again), bits(prior)) || again.Dim() != prior.Dim() {
		t.Error("the prior that came back from its file differs")
	}
	if !bytes.Equal(encode(t, again.(priors.Keeper).State()), file) {
		t.Error("the prior that came back from its file has another state")
	}
	if name := keeper.State().Metadata["kind"]; name != kind.Name {
		t.Errorf("the state's metadata name the kind %q, expected %q", name, kind.Name)
	}
	refuses := func(what string, change func(*priors.State)) {
		t.Helper()
		s := decode(t, file)
		change(s)
		if p, err := config.Open(s); err == nil || p != nil {
			t.Errorf("a state with %s: Open returned %v, %v", what, p, err)
		}
	}
	refuses("another kind", func(s *priors.State) { s.Metadata["kind"] = kind.Name + "2" })
	refuses("another format", func(s *priors.State) { s.Metadata["format"] += "0" })
	refuses("no metadata", func(s *priors.State) { s.Metadata = nil })
	refuses("an extra tensor", func(s *priors.State) {
		s.Tensors = append(s.Tensors, priors.Tensor{Name: "extra", Shape: []int{1}, Data: []float32{1}})
	})
	refuses("no numbers", func(s *priors.State) {
		for i := range s.Tensors {
			clear(s.Tensors[i].Shape)
			s.Tensors[i].Data = []float32{}
		}
	})
	for i, tensor := range keeper.State().Tensors {
		refuses("no "+tensor.Name, func(s *priors.State) { s.Tensors = slices.Delete(s.Tensors, i, i+1) })
		refuses(tensor.Name+" of another rank", func(s *priors.State) { s.Tensors[i].Shape = append(s.Tensors[i].Shape, 1) })
		refuses(tensor.Name+" of another type", func(s *priors.State) { s.Tensors[i].Data = []int32{1} })
	}
}

func encode(t *testing.T, s *priors.State) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := safetensors.Write(&b, s); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func decode(t *testing.T, file []byte) *priors.State {
	t.Helper()
	s, err := safetensors.Parse(file)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
