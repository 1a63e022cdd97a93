package glo

import (
	"fmt"

	"sedlab/priors"
)

var _ priors.Continuer = (*Config)(nil)

// Continues returns train.epochs. Under another schedule than constant, rates
// depend on the number of epochs, and a longer training differs from its start.
func (c *Config) Continues() (length string, wrong *priors.KeyError) {
	if s := c.Training.Schedule; s != "constant" {
		wrong = &priors.KeyError{Key: "train.schedule", Problem: fmt.Sprintf(
			"got %s, by which the rates of every epoch depend on how many there will be, so that no training can be continued by more epochs; expected constant", s)}
	}
	return "train.epochs", wrong
}
