package vad

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"sedlab/internal/rng"
	"sedlab/internal/team"
	"sedlab/priors"
	"sedlab/priors/gaussian"
)

// group is the generators of the classes of signals, of which there may be only one.
type group struct {
	shares  []float32 // of the classes
	members []*member
	mixture *gaussian.MixtureModel // of the linear parts
}

func newGroup(shares []float32, members []*member) group {
	g := group{shares: shares, members: members, mixture: &gaussian.MixtureModel{Shares: shares}}
	for _, m := range members {
		g.mixture.Parts = append(g.mixture.Parts, &m.linear)
	}
	return g
}

// fewest is the number of training signals of a class, per number of a code, with fewer of which
// its generator stays linear.
const fewest = 4

// mixtureConfig is a mixture of factor analyses with d factors.
func mixtureConfig(classes, d int) *gaussian.MixtureConfig {
	return &gaussian.MixtureConfig{Components: classes, Factors: gaussian.Factors{CodeDim: d, Iterations: 200, Tolerance: 0.01}}
}

// mixture fits a mixture of factor analyses with d factors.
func mixture(ctx context.Context, data priors.Data, classes, d int) (*gaussian.MixtureModel, error) {
	fitted, err := mixtureConfig(classes, d).Train(ctx, data)
	if err != nil {
		return nil, err
	}
	return &fitted.(*gaussian.MixturePrior).MixtureModel, nil
}

// gain is how much less the error with more classes has to be, relative to that with fewer: each of
// more generators is trained on fewer signals.
const gain = 0.95

// chooseClasses returns the number of classes, and how it was chosen if there was a choice: by the
// errors of mixtures in hidden windows of validation signals.
func (c *Config) chooseClasses(ctx context.Context, data priors.Data) (classes int, chosen string, err error) {
	numbers := slices.Compact(slices.Sorted(slices.Values(c.Classes)))
	if len(numbers) == 1 {
		return numbers[0], "", nil
	}
	best, text := math.Inf(1), []string(nil)
	for _, k := range numbers {
		x, err := mixture(ctx, data, k, slices.Max(c.codeDims()))
		if err != nil {
			return 0, "", err
		}
		e, err := x.HiddenError(ctx, data)
		if err != nil {
			return 0, "", fmt.Errorf("classes: %w", err)
		}
		if text = append(text, fmt.Sprintf("%.3g with %d", e, k)); e < gain*best {
			classes, best = k, e
		}
	}
	return classes, fmt.Sprintf("classes %d; mean squared errors of linear parts in hidden windows: %s", classes, strings.Join(text, ", ")), nil
}

// trainGroup finds the classes of signals, and trains a generator for each on the signals that are
// most probably of this class. i is the place in the ensemble. It goes on from another group, unless
// that is empty.
func (c *Config) trainGroup(ctx context.Context, data priors.Data, i, classes int, from group, start time.Time) (_ group, err error) {
	if from.members == nil {
		if from.mixture, err = mixture(ctx, data, classes, c.codeDims()[i]); err != nil {
			return group{}, err
		}
		from.members = make([]*member, len(from.mixture.Parts))
	}
	parts := from.mixture.Parts
	trained, held := byClass(from.mixture, data.Flux, data.Weight, data.Workers), byClass(from.mixture, data.Validation, data.ValidationWeight, data.Workers)
	last := 0 // of the classes that have epochs
	for k, linear := range parts {
		if len(parts) == 1 || len(trained[k]) >= fewest*linear.CodeDim() {
			last = k
		}
	}
	var members []*member
	for k, linear := range parts {
		own, config := data, *c
		if len(parts) > 1 {
			own.Flux, own.Weight = rowsOf(data.Flux, data.Dim, trained[k]), rowsOf(data.Weight, data.Dim, trained[k])
			own.Validation, own.ValidationWeight = rowsOf(data.Validation, data.Dim, held[k]), rowsOf(data.ValidationWeight, data.Dim, held[k])
			if len(trained[k]) < fewest*linear.CodeDim() {
				config.Training.Epochs = 0
			}
			if len(held[k]) == 0 {
				config.Training.Validation.Every = 0
			}
		}
		r := reporter{data.Progress, start, i*classes + k, len(c.codeDims()) * classes, i == len(c.codeDims())-1 && k == last}
		m, err := config.trainMember(ctx, own, from.members[k], *linear, r)
		if err != nil {
			return group{}, err
		}
		members = append(members, m)
	}
	return newGroup(from.mixture.Shares, members), nil
}

// byClass returns the rows of signals [N×n] that are most probably of each class.
func byClass(x *gaussian.MixtureModel, flux, weight []float32, workers int) [][]int {
	n, rows := x.Dim(), make([][]int, len(x.Parts))
	best := make([]int, len(flux)/n)
	crew := team.New(workers)
	defer crew.Close()
	crew.Run(team.Work{N: len(best), Grain: 1, Do: func(lo, hi int) {
		for i := lo; i < hi && len(x.Parts) > 1; i++ {
			m := priors.Measurement{Op: complete(n), Y: flux[i*n : (i+1)*n]}
			if weight != nil {
				m.Precision = make([]float32, n)
				for j, w := range weight[i*n : (i+1)*n] {
					if w > 0 {
						m.Precision[j] = float32(math.Inf(1)) // its noise is that of all signals
					}
				}
			}
			members := x.Members(m)
			best[i] = slices.Index(members, slices.Max(members))
		}
	}})
	for i, k := range best {
		rows[k] = append(rows[k], i)
	}
	return rows
}

// rowsOf returns some rows of N×n numbers; nil of nil.
func rowsOf(x []float32, n int, rows []int) (some []float32) {
	if x == nil {
		return nil
	}
	for _, i := range rows {
		some = append(some, x[i*n:(i+1)*n]...)
	}
	return some
}

// reporter reports the epochs of one generator of several.
type reporter struct {
	progress  func(priors.Epoch)
	start     time.Time
	at, count int // place among all generators, and their number
	last      bool
}

func (r reporter) epoch(c *Config, e priors.Epoch, stopped bool) {
	if r.progress == nil {
		return
	}
	ends := stopped || e.Epoch == c.Training.Epochs
	e.Epoch, e.Epochs = r.at*c.Training.Epochs+e.Epoch, r.count*c.Training.Epochs
	e.Stopped = r.last && ends && e.Epoch < e.Epochs
	e.Seconds = time.Since(r.start).Seconds()
	r.progress(e)
}

// leastMembership is the probability of a class below which it does not count.
const leastMembership = 1e-3

// infer returns what the generators find, each from the linear posterior under its class and
// weighted by how probable the measurement makes that class.
func (g group) infer(ctx context.Context, ms []priors.Measurement, seed uint64, search Search) ([]priors.Inferred, error) {
	type share struct {
		signal int
		weight float64
	}
	found, total := make([]priors.Inferred, len(ms)), make([]float64, len(ms))
	of := make([][]share, len(g.members))
	from := make([][]start, len(g.members))
	for i, m := range ms {
		parts, members := g.mixture.Posterior(m)
		for k, p := range members {
			if p >= leastMembership {
				of[k], from[k] = append(of[k], share{i, p}), append(from[k], newStart(parts[k]))
			}
		}
	}
	for k, m := range g.members {
		own := seed
		if k > 0 {
			own = rng.New(seed, "vad/class", uint64(k)).Uint64()
		}
		for lo := 0; lo < len(of[k]); lo += tile {
			hi := min(lo+tile, len(of[k]))
			var some []priors.Measurement
			for _, s := range of[k][lo:hi] {
				some = append(some, ms[s.signal])
			}
			results, err := m.infer(ctx, some, from[k][lo:hi], own, search)
			if err != nil {
				return nil, err
			}
			for j, s := range of[k][lo:hi] {
				total[s.signal] += s.weight
				found[s.signal] = merge(found[s.signal], results[j], s.weight/total[s.signal])
			}
		}
	}
	if len(g.members) > 1 { // the generators have codes of their own
		for i := range found {
			found[i].Code = nil
		}
	}
	return found, ctx.Err()
}
