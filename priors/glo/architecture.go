package glo

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"sedlab/internal/nn"
	"sedlab/priors"
)

// architectureKey is the metadata that holds an architecture in JSON.
const architectureKey = "architecture"

// architecture is the shape of a network, enough to make its twin in PyTorch.
type architecture struct {
	CodeDim   int     `json:"code_dim"`
	Hidden    []int   `json:"hidden"`
	Dim       int     `json:"dim"`
	BatchNorm bool    `json:"batch_norm"`
	LeakyReLU float32 `json:"leaky_relu"`
}

// describe returns the architecture of a network of shape c, in JSON.
func describe(c nn.Config) string {
	text, err := json.Marshal(architecture{c.In, append([]int{}, c.Hidden...), c.Out, c.BatchNorm, c.Slope})
	if err != nil {
		panic(err) // a slope outside Config's range
	}
	return string(text)
}

// stateNetwork returns the shape of the network in a state's metadata.
func stateNetwork(s *priors.State) (nn.Config, error) {
	text := s.Metadata[architectureKey]
	a, err := parseArchitecture(text)
	if err != nil {
		return nn.Config{}, fmt.Errorf("metadata %q: %.200q: %w", architectureKey, text, err)
	}
	return a.shape(), nil
}

func parseArchitecture(text string) (architecture, error) {
	var a architecture
	dec := json.NewDecoder(strings.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&a); err != nil {
		return a, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return a, errors.New("more than one value")
	}
	if len(a.Hidden) > maxLayers {
		return a, fmt.Errorf("%d hidden layers; expected at most %d", len(a.Hidden), maxLayers)
	}
	if !(a.LeakyReLU >= 0 && a.LeakyReLU < 1) {
		return a, fmt.Errorf("leaky_relu %g; expected a slope in [0, 1)", a.LeakyReLU)
	}
	for _, width := range append([]int{a.CodeDim, a.Dim}, a.Hidden...) {
		if width < 1 || width > maxNumbers {
			return a, fmt.Errorf("a width of %d; expected one in [1, %d]", width, maxNumbers)
		}
	}
	if n := a.shape().Stored(); n > maxNumbers {
		return a, fmt.Errorf("%d weights, padding included; expected at most %d", n, maxNumbers)
	}
	return a, nil
}

func (a architecture) shape() nn.Config {
	return nn.Config{In: a.CodeDim, Hidden: a.Hidden, Out: a.Dim, BatchNorm: a.BatchNorm, Slope: a.LeakyReLU}
}
