package glo

import "sedlab/priors"

var _ priors.Coster = (*Config)(nil)

// Cost counts the matrix products: three for each layer in a training step,
// forward and the gradients by inputs and weights, and two in a search, with a
// product and a sum per weight and signal. Memory is of the weights as PyTorch has
// them, of those that are trained and of codes, each with two moments, and of the
// weights that are searched.
func (c *Config) Cost(n, dim int) priors.Cost {
	shape := c.network(dim)
	weights := float64(shape.Weights())
	return priors.Cost{
		Training:  6 * weights * float64(n) * float64(c.Training.Epochs),
		Iteration: 4 * weights,
		Memory:    4 * (weights + 4*float64(shape.Stored()) + 3*float64(n*c.CodeDim)),
	}
}
