package glo

import (
	"fmt"

	"sedlab/priors"
)

var (
	_ priors.Opener     = (*Config)(nil)
	_ priors.Coster     = (*Config)(nil)
	_ priors.Continuer  = (*Config)(nil)
	_ priors.FreeCoder  = (*Config)(nil)
	_ priors.CodeScaler = (*Prior)(nil)
	_ priors.Keeper     = (*Prior)(nil)
)

// Blank returns a *Prior.
func (*Config) Blank() priors.Prior { return (*Prior)(nil) }

// Cost counts the matrix products, with a multiplication and an addition per weight and
// signal. Each layer has three in a training step (forward, and the gradients by inputs
// and by weights) and two in a search. Memory is the weights in PyTorch's order; the
// trained weights and the codes, each with two moments and a gradient; and the weights
// for searches.
func (c *Config) Cost(n, dim int) priors.Cost {
	shape := c.network(dim)
	weights := float64(shape.Weights())
	return priors.Cost{
		Training:  6 * weights * float64(n) * float64(c.Training.Epochs),
		Iteration: 4 * weights,
		Memory:    4 * (weights + 4*float64(shape.Stored()) + 3*float64(n*c.CodeDim)),
	}
}

// Continues returns train.epochs. Under any schedule but constant the rates
// depend on the number of epochs, so a longer training differs from its start.
func (c *Config) Continues() (length string, problem *priors.KeyError) {
	if s := c.Training.Schedule; s != "constant" {
		problem = &priors.KeyError{Key: "train.schedule", Problem: fmt.Sprintf(
			"got %s, by which the rates of every epoch depend on how many there will be, so that no training can be continued by more epochs; expected constant", s)}
	}
	return "train.epochs", problem
}

// FreeCodes returns the key sphere if it lets the codes leave the sphere.
func (c *Config) FreeCodes() (key string) {
	if c.Sphere {
		return ""
	}
	return "sphere"
}
