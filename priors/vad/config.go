// Package vad is a deep prior with a linear part, a variational auto-decoder (Zadeh et al. 2019,
// arXiv:1903.00840): x = μ + Wz + √Ψ·f(z) + ε with z ~ N(0, I), a network f, and noise ε of a
// variance Ψ for each flux. There is no encoder: each training signal has a mean and a deviation
// of its code of its own, which are optimised together with the network by the evidence lower
// bound. μ, W and the first Ψ are those of a factor analysis.
package vad

import (
	"fmt"
	"slices"

	"sedlab/internal/nn"
	"sedlab/priors"
)

const name = "vad"

// Kind is this prior's entry in the catalogue.
var Kind = priors.Kind{
	Name:    name,
	Doc:     "deep generator with a linear part and a noise variance for each flux, trained by the evidence lower bound as a variational auto-decoder; infers posterior means and deviations",
	Version: 1,
	New:     func() priors.Config { return new(Config) },
}

// Config is a vad prior's section of a spec. Its fields lie within the ranges of their tags.
type Config struct {
	CodeDim  int      `spec:"code_dim" default:"20" example:"10" range:"[1,50]" doc:"length of a code z, and number of factors of the linear part"`
	Ensemble []int    `spec:"ensemble" default:"[]" example:"[10, 20]" range:"[1,50]" doc:"lengths of the codes of several generators, instead of code_dim; each begins with weights of its own, and their posteriors are averaged (paper, §4)"`
	Classes  []int    `spec:"classes" default:"[1]" example:"[1, 2]" range:"[1,100]" doc:"maximum numbers of classes of signals, found as by mixture. Each class has its own generator, trained on its signals; reconstructions are weighted by the probability of each class given the measurement. Of several numbers, validation signals choose: a larger one only if a mixture then has at least 5 % less error in hidden windows"`
	Hidden   []int    `spec:"hidden" default:"[256, 256]" range:"[1,65536]" doc:"widths of the hidden layers, at least one"`
	Linear   bool     `spec:"linear" default:"true" example:"false" doc:"add Wz, the linear part; without it only the network sees the code, and what begins at the linear posterior still does"`
	Slope    float64  `spec:"leaky_relu" default:"0.2" range:"[0,1)" doc:"slope of the leaky ReLU for negative values"`
	Training Training `spec:"train" doc:"how network and codes are optimised"`
	Search   Search   `spec:"search" doc:"how the posterior of a measurement is found"`
	InitFrom string   `spec:"init_from" default:"\"\"" example:"prior.safetensors" file:"true" doc:"file of a trained vad to start from, instead of factor analysis: its network, linear part and noise. Code lengths, hidden layers and wavelengths must be the same. A relative path is relative to the spec file or, on the command line, to the current folder"`
}

// Training is how network and codes are optimised.
type Training struct {
	Epochs      int     `spec:"epochs" default:"150" example:"50" range:"[1,1000000]" doc:"passes over the training signals"`
	BatchSize   int     `spec:"batch_size" default:"128" range:"[1,65536]" doc:"signals in a step"`
	LRGenerator float64 `spec:"lr_generator" default:"0.001" range:"(0,inf)" doc:"Adam's learning rate for the network; both rates fall to 0 as a cosine"`
	LRCodes     float64 `spec:"lr_codes" default:"0.005" range:"(0,inf)" doc:"Adam's learning rate for means and deviations of codes"`
	WeightDecay float64 `spec:"weight_decay" default:"0" example:"1e-5" range:"[0,inf)" doc:"L2 penalty in Adam on the network's parameters"`
	KLWarmup    int     `spec:"kl_warmup" default:"0" example:"30" range:"[0,1000000]" doc:"epochs over which the weight of the Kullback-Leibler term, which draws codes to N(0, I), rises from 0 to 1; 0 is a weight of 1 from the first"`
	Average     float64 `spec:"average" default:"0" example:"0.999" range:"[0,1)" doc:"keep an exponential moving average of the network's weights, with this decay for each step, instead of the last; 0 keeps the last"`
	Fluxes      string  `spec:"fluxes" default:"all" enum:"all|measured|weighted" doc:"which fluxes of the training signals count: all, those that were measured, or these by their errors, 1/(σ² + the median of σ²)"`

	Validation priors.Validation `spec:"validation" doc:"how each generator is measured during its training, and when that stops early"`
}

// Search is how the posterior of a measurement is found.
type Search struct {
	Steps   int     `spec:"steps" default:"300" example:"100" range:"[1,1000000]" doc:"steps of Adam on mean and deviation of a code, from those of the linear part"`
	LR      float64 `spec:"lr" default:"0.03" range:"(0,inf)" doc:"Adam's learning rate, which falls to 0 as a cosine"`
	Samples int     `spec:"samples" default:"64" range:"[2,100000]" doc:"samples of the code by which mean and deviation of the signal are found"`
}

// Check returns what is wrong with training on n signals of dim fluxes.
func (c *Config) Check(n, dim int) (errs []priors.KeyError) {
	report := func(key, format string, args ...any) {
		errs = append(errs, priors.KeyError{Key: key, Problem: fmt.Sprintf(format, args...)})
	}
	key := "code_dim"
	if len(c.Ensemble) > 0 {
		key = "ensemble"
	}
	for _, d := range c.codeDims() {
		if n > 0 && d > n-1 || dim > 0 && d > dim-1 {
			report(key, "got %d, but there are %d training signals of %d fluxes; expected fewer code elements than signals and fluxes", d, n, dim)
			break
		}
	}
	if len(c.Classes) == 0 || len(c.Classes) > mostMembers {
		report("classes", "%d numbers; expected 1 to %d", len(c.Classes), mostMembers)
		return errs
	}
	most, dims := slices.Max(c.Classes), c.codeDims()
	if d := slices.Max(dims); most > 1 && n > 0 && most*(d+2) > n {
		report("classes", "%d classes with codes of %d numbers need %d training signals or more; there are %d", most, d, most*(d+2), n)
	}
	if count := len(dims) * most; count > mostMembers {
		report(key, "%d generators of all classes; expected at most %d", count, mostMembers)
	}
	if len(c.Hidden) < 1 || len(c.Hidden) > 64 {
		report("hidden", "%d hidden layers; expected 1 to 64", len(c.Hidden))
	}
	if w := c.network(slices.Max(c.codeDims()), max(dim, 1)).Stored(); w > 1<<26 {
		report("hidden", "the training would hold %d weights; expected at most %d", w, 1<<26)
	}
	if w := c.Training.KLWarmup; w > c.Training.Epochs {
		report("train.kl_warmup", "%d epochs in a training of %d; expected at most that many", w, c.Training.Epochs)
	}
	return append(errs, c.Training.Validation.Check("train.validation", c.Training.Epochs)...)
}

// mostMembers bounds an ensemble.
const mostMembers = 64

// codeDims returns the lengths of codes of all generators.
func (c *Config) codeDims() []int {
	if len(c.Ensemble) > 0 {
		return c.Ensemble
	}
	return []int{c.CodeDim}
}

// network returns the shape of f for codes of d numbers.
func (c *Config) network(d, dim int) nn.Config {
	return nn.Config{In: d, Hidden: c.Hidden, Out: dim, Slope: float32(c.Slope)}
}

// Blank returns a *Prior.
func (*Config) Blank() priors.Prior { return new(Prior) }

// SearchKeys returns the section search.
func (*Config) SearchKeys() []string { return []string{"search"} }

// WithSearch returns a *Prior with the search of c.
func (c *Config) WithSearch(p priors.Prior) priors.Prior {
	q := *p.(*Prior)
	q.search = c.Search
	return &q
}

// Fluxes returns train.fluxes.
func (c *Config) Fluxes() (how, key string) { return c.Training.Fluxes, "train.fluxes" }

// Cost counts the matrix products: three of each layer in a step of the training, and two in one
// of a search. Validations search too. The linear parts are factor analyses or, with several
// classes, mixtures.
func (c *Config) Cost(n, dim int) priors.Cost {
	weights, codes, starting, linear := 0.0, 0.0, 0.0, 0.0
	for _, d := range c.codeDims() {
		weights += float64(c.network(d, dim).Weights())
		codes += float64(d)
		linear += mixtureConfig(slices.Max(c.Classes), d).Cost(n, dim).Training
	}
	if c.InitFrom != "" {
		starting, linear = 4*float64(first.Steps)*weights*float64(n), 0
	}
	if len(c.Classes) > 1 {
		for _, k := range c.Classes {
			linear += mixtureConfig(k, slices.Max(c.codeDims())).Cost(n, dim).Training
		}
	}
	alone := *c
	alone.CodeDim, alone.Ensemble, alone.Classes, alone.InitFrom = slices.Min(c.codeDims()), nil, []int{1}, ""
	alone.Training.Validation = priors.Validation{}
	v, classes := c.Training.Validation, float64(slices.Max(c.Classes))
	validation := (4*float64(quick.Steps) + 2*float64(quick.Samples)) * weights * float64(v.Signals)
	return priors.Cost{
		Network:  &alone,
		Linear:   linear,
		Training: starting + 6*weights*float64(n)*float64(c.Training.Epochs) + float64(v.Count(c.Training.Epochs))*validation,
		Closed:   (4*float64(c.Search.Steps) + 2*float64(c.Search.Samples)) * weights * (classes + 1) / 2, // most measurements leave one class
		Memory:   16*weights*classes + 4*6*float64(n)*codes,
	}
}

var (
	_ priors.Opener    = (*Config)(nil)
	_ priors.Coster    = (*Config)(nil)
	_ priors.Weigher   = (*Config)(nil)
	_ priors.Validator = (*Config)(nil)
	_ priors.Searcher  = (*Config)(nil)
	_ priors.Starter   = (*Config)(nil)
	_ priors.Inferrer  = (*Prior)(nil)
	_ priors.Keeper    = (*Prior)(nil)
	_ priors.Chooser   = (*Prior)(nil)
)
