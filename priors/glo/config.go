// Package glo is the paper's prior: a generator trained by Generative Latent Optimization
// (paper, eq. 2; Bojanowski et al. 2017). Adam optimises network and codes together on
// the mean squared error. Codes stay on the unit sphere unless the config frees them.
package glo

import (
	"fmt"

	"sedlab/internal/nn"
	"sedlab/priors"
)

const name = "glo"

// Kind is this prior's entry in the catalogue.
var Kind = priors.Kind{
	Name:    name,
	Doc:     "deep generator trained with its codes by Generative Latent Optimization (paper, eq. 2)",
	Version: 2,
	New:     func() priors.Config { return new(Config) },
}

// Config is a glo prior's section of a spec, with the paper's settings as defaults. Its
// fields lie within the ranges of their tags.
type Config struct {
	CodeDim    int        `spec:"code_dim" default:"50" range:"[1,4096]" doc:"length of a code z"`
	Hidden     []int      `spec:"hidden" default:"[512, 512, 512, 512, 512, 512, 512]" range:"[1,65536]" doc:"widths of the hidden layers"`
	Activation Activation `spec:"activation" doc:"nonlinearity after every hidden layer"`
	BatchNorm  bool       `spec:"batch_norm" default:"true" doc:"normalise each hidden feature over the batch before its activation"`
	Statistics string     `spec:"batch_norm_statistics" default:"running" enum:"running|recomputed" doc:"by what the kept generator normalises hidden features: the running averages of the training's batches, as in PyTorch, or mean and variance over all training codes, computed at the end"`
	Sphere     bool       `spec:"sphere" default:"true" example:"false" doc:"put codes on the unit sphere at first and after every step; without it they start from N(0, I) and move freely, so that a solver that projects would not find them"`
	Training   Training   `spec:"train" doc:"how network and codes are optimised"`
}

// Activation is the nonlinearity of the hidden layers.
type Activation struct {
	LeakyReLU float64 `spec:"leaky_relu" default:"0.2" range:"[0,1)" doc:"slope of the leaky ReLU for negative values"`
}

// Training is how network and codes are optimised.
type Training struct {
	Epochs      int     `spec:"epochs" default:"10000" range:"[1,10000000]" doc:"passes over the training signals"`
	BatchSize   int     `spec:"batch_size" default:"64" range:"[1,65536]" doc:"signals in a step; the last batch of an epoch may be smaller"`
	LRGenerator float64 `spec:"lr_generator" default:"0.1" range:"(0,inf)" doc:"Adam's learning rate for the network"`
	LRCodes     float64 `spec:"lr_codes" default:"0.01" range:"(0,inf)" doc:"Adam's learning rate for the codes"`
	WeightDecay float64 `spec:"weight_decay" default:"1e-5" range:"[0,inf)" doc:"L2 penalty in Adam on the network's parameters, but not on codes"`
	Fluxes      string  `spec:"fluxes" default:"all" enum:"all|measured|weighted" doc:"which fluxes of the training signals count in the loss: all, those that were measured, or these by their errors, 1/(σ² + the median of σ²)"`
	Schedule    string  `spec:"schedule" default:"constant" enum:"constant|cosine" doc:"how both learning rates change over the epochs; cosine falls to 0"`

	Validation priors.Validation `spec:"validation" doc:"how the generator is measured during the training, and when that stops early"`
}

// recomputed is the value of Config.Statistics that is not PyTorch's.
const recomputed = "recomputed"

// These bound a training's memory: each stored weight takes 16 bytes, and so does each
// feature of a signal in the batch.
const (
	maxNumbers = 1 << 27
	maxLayers  = 256
)

// Check returns what is wrong with training on n signals of dim fluxes.
func (c *Config) Check(n, dim int) []priors.KeyError {
	var errs []priors.KeyError
	report := func(key, format string, args ...any) {
		errs = append(errs, priors.KeyError{Key: key, Problem: fmt.Sprintf(format, args...)})
	}
	shape := c.network(max(dim, 1))
	if w := shape.Stored() + min(c.Training.BatchSize, n)*shape.Features(); w > maxNumbers {
		report("hidden", "the training would hold %d weights and features of a batch; expected at most %d", w, maxNumbers)
	}
	if l := len(c.Hidden); l > maxLayers {
		report("hidden", "%d hidden layers; expected at most %d", l, maxLayers)
	}
	errs = append(errs, c.Training.Validation.Check("train.validation", c.Training.Epochs)...)
	if !c.BatchNorm {
		if c.Statistics == recomputed {
			report("batch_norm_statistics", "got %s, but batch_norm is false; expected batch_norm: true", recomputed)
		}
		return errs
	}
	switch size := c.Training.BatchSize; {
	case size == 1:
		report("train.batch_size", "batch_norm cannot normalise a batch of 1 signal; expected at least 2")
	case size == 2 && n%2 == 1 && n > 1:
		report("train.batch_size", "batches of 2 leave 1 of %d training signals alone, which batch_norm cannot normalise; expected at least 3", n)
	}
	if n == 1 {
		report("batch_norm", "there is 1 training signal, which batch_norm cannot normalise; expected at least 2")
	}
	return errs
}

// network returns the shape of the generator of signals with dim fluxes.
func (c *Config) network(dim int) nn.Config {
	return nn.Config{
		In: c.CodeDim, Hidden: c.Hidden, Out: dim,
		BatchNorm: c.BatchNorm, Slope: float32(c.Activation.LeakyReLU),
	}
}

var (
	_ priors.Opener     = (*Config)(nil)
	_ priors.Coster     = (*Config)(nil)
	_ priors.Continuer  = (*Config)(nil)
	_ priors.FreeCoder  = (*Config)(nil)
	_ priors.Weigher    = (*Config)(nil)
	_ priors.Validator  = (*Config)(nil)
	_ priors.CodeScaler = (*Prior)(nil)
	_ priors.Coded      = (*Prior)(nil)
	_ priors.Keeper     = (*Prior)(nil)

	_ priors.JacobianTape = (*nn.Tape)(nil)
)

// Blank returns a *Prior.
func (*Config) Blank() priors.Prior { return (*Prior)(nil) }

// Cost counts the matrix products, with a multiplication and an addition per weight and
// signal. Each layer has three in a training step (forward, and the gradients by inputs
// and by weights) and two in a search. A Jacobian takes a forward pass for each entry of the code.
// Memory is the weights in PyTorch's order; the trained weights and the codes, each with two
// moments and a gradient; and the weights for searches. A validation searches codes too, and has
// weights of its own, as has the best generator.
func (c *Config) Cost(n, dim int) priors.Cost {
	shape, alone := c.network(dim), *c
	alone.Training.Validation = priors.Validation{}
	weights, v := float64(shape.Weights()), c.Training.Validation
	cost := priors.Cost{
		Network:   &alone,
		Training:  6 * weights * float64(n) * float64(c.Training.Epochs),
		Iteration: 4 * weights,
		Jacobian:  2 * weights * float64(c.CodeDim),
		Memory:    4 * (weights + 4*float64(shape.Stored()) + 3*float64(n*c.CodeDim)),
	}
	if v.Every > 0 {
		cost.Training += float64(v.Count(c.Training.Epochs)) * weights * (2*mostStarts + 4*searchSteps*float64(v.Signals))
		cost.Memory += 4 * (2*(weights+float64(shape.Stored())+float64(n*c.CodeDim)) + float64((v.Signals+mostStarts)*dim))
	}
	return cost
}

// Continues returns train.epochs and the epochs. Under any schedule but constant the rates
// depend on the number of epochs, so a longer training differs from its start. A training that
// stops early does so at the same epoch however many are asked for.
func (c *Config) Continues() (key string, length int, problem *priors.KeyError) {
	if s := c.Training.Schedule; s != "constant" {
		problem = &priors.KeyError{Key: "train.schedule", Problem: fmt.Sprintf(
			"got %s, by which the rates of every epoch depend on how many there will be, so that no training can be continued by more epochs; expected constant", s)}
	}
	return "train.epochs", c.Training.Epochs, problem
}

// Fluxes returns train.fluxes.
func (c *Config) Fluxes() (how, key string) { return c.Training.Fluxes, "train.fluxes" }

// Validates returns the key of validations if there are any.
func (c *Config) Validates() (key string) {
	if c.Training.Validation.Every == 0 {
		return ""
	}
	return "train.validation.every"
}

// FreeCodes returns the key sphere if it lets the codes leave the sphere.
func (c *Config) FreeCodes() (key string) {
	if c.Sphere {
		return ""
	}
	return "sphere"
}
