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

// architecture is the JSON of an nn.Config, enough to make the network's twin in PyTorch.
type architecture struct {
	In        int     `json:"code_dim"`
	Hidden    []int   `json:"hidden"`
	Out       int     `json:"dim"`
	BatchNorm bool    `json:"batch_norm"`
	Slope     float32 `json:"leaky_relu"`
}

// describe returns the architecture of a network of shape c, in JSON.
func describe(c nn.Config) string {
	c.Hidden = append([]int{}, c.Hidden...) // [] if there are none
	text, err := json.Marshal(architecture(c))
	if err != nil {
		panic(err) // a slope outside Config's range
	}
	return string(text)
}

// stateNetwork returns the shape of the network in a state's metadata.
func stateNetwork(s *priors.State) (nn.Config, error) {
	text := s.Metadata[architectureKey]
	c, err := parseArchitecture(text)
	if err != nil {
		return c, fmt.Errorf("metadata %q: %.200q: %w", architectureKey, text, err)
	}
	return c, nil
}

func parseArchitecture(text string) (nn.Config, error) {
	var a architecture
	dec := json.NewDecoder(strings.NewReader(text))
	dec.DisallowUnknownFields()
	err := dec.Decode(&a)
	c := nn.Config(a)
	if err != nil {
		return c, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return c, errors.New("more than one value")
	}
	if len(c.Hidden) > maxLayers {
		return c, fmt.Errorf("%d hidden layers; expected at most %d", len(c.Hidden), maxLayers)
	}
	if !(c.Slope >= 0 && c.Slope < 1) {
		return c, fmt.Errorf("leaky_relu %g; expected a slope in [0, 1)", c.Slope)
	}
	for _, width := range append([]int{c.In, c.Out}, c.Hidden...) {
		if width < 1 || width > maxNumbers {
			return c, fmt.Errorf("a width of %d; expected one in [1, %d]", width, maxNumbers)
		}
	}
	if n := c.Stored(); n > maxNumbers {
		return c, fmt.Errorf("%d weights, padding included; expected at most %d", n, maxNumbers)
	}
	return c, nil
}
