package glo

import (
	"context"
	"fmt"
	"math"
	"time"

	"sedlab/internal/nn"
	"sedlab/internal/rng"
	"sedlab/priors"
)

// schedules return the factor of both learning rates in an epoch, 1-based. Cosine is
// torch.optim.lr_scheduler.CosineAnnealingLR, stepped once per epoch with T_max = epochs
// and eta_min = 0.
var schedules = map[string]func(epoch, epochs int) float64{
	"constant": func(int, int) float64 { return 1 },
	"cosine": func(epoch, epochs int) float64 {
		return (1 + math.Cos(math.Pi*float64(epoch-1)/float64(epochs))) / 2
	},
}

// rates returns the learning rates of network and codes in an epoch, 1-based.
func (tr Training) rates(epoch int) (generator, codes float64) {
	factor := schedules[tr.Schedule](epoch, tr.Epochs)
	return tr.LRGenerator * factor, tr.LRCodes * factor
}

// Train trains network and codes on the data and returns a *Prior. It goes on from the
// checkpoint if there is one. An infinite or undefined loss is an error.
func (c *Config) Train(ctx context.Context, data priors.Data) (priors.Prior, error) {
	for _, e := range c.Check(data.Len(), data.Dim) {
		return nil, fmt.Errorf("%s: %s", e.Key, e.Problem)
	}
	std, err := standardize(data)
	if err != nil {
		return nil, err
	}
	t, err := c.begin(data, std)
	if err != nil {
		return nil, err
	}
	defer t.trainer.Close()
	if t.validates {
		if t.held, err = c.Training.Validation.Hold(data); err != nil {
			return nil, err
		}
	}
	if err := c.run(ctx, t, data); err != nil {
		return nil, err
	}
	if t.best != nil {
		return t.best, nil
	}
	return t.prior(c, t.trainer.Network(), t.codes.z), nil
}

// begin returns the training at the checkpoint, or before its first epoch.
func (c *Config) begin(data priors.Data, std standard) (*loop, error) {
	if data.Checkpoint != nil {
		if s := data.Checkpoint.Restore(); s != nil {
			t, err := c.resume(s, std, data.Workers)
			if err != nil {
				return nil, fmt.Errorf("checkpoint: %w", err)
			}
			return t, nil
		}
	}
	net := nn.New(c.network(data.Dim), rng.New(data.Seed, "glo/init"))
	codes := newCodes(drawCodes(data.Len(), c.CodeDim, data.Seed), c.CodeDim, c.Sphere)
	return newLoop(c, net, codes, std, data.Workers), nil
}

// patience is the time that an interrupted training may take to finish its epoch. Only the
// state after an epoch can be saved.
const patience = 2 * time.Second

// run takes the epochs that are left.
func (c *Config) run(ctx context.Context, t *loop, data priors.Data) error {
	done, before := len(t.loss), 0.0
	if done > 0 {
		before = t.seconds[done-1]
	}
	for epoch := 1; epoch <= done; epoch++ {
		c.report(t, data.Progress, epoch)
	}
	wait := time.Duration(0)
	if data.Checkpoint != nil {
		wait = patience
	}
	start := time.Now()
	for epoch := done + 1; epoch <= c.Training.Epochs && !t.stopped(c, epoch-1); epoch++ {
		t.lrGenerator, t.lrCodes = c.Training.rates(epoch)
		loss, err := math.NaN(), ctx.Err()
		if err == nil {
			loss, err = t.epoch(ctx, rng.New(data.Seed, "glo/shuffle", uint64(epoch)).Perm(data.Len()), wait)
		}
		if err == nil {
			err = t.validate(ctx, c, epoch)
		}
		if err == nil {
			t.loss = append(t.loss, loss*t.scale*t.scale)
			t.seconds = append(t.seconds, before+time.Since(start).Seconds())
			c.report(t, data.Progress, epoch)
			err = t.save(ctx, data.Checkpoint)
		}
		if err != nil {
			return fmt.Errorf("epoch %d of %d: %w", epoch, c.Training.Epochs, err)
		}
	}
	return nil
}

// report reports a finished epoch to progress, if not nil.
func (c *Config) report(t *loop, progress func(priors.Epoch), epoch int) {
	if progress == nil {
		return
	}
	e := priors.Epoch{Epoch: epoch, Epochs: c.Training.Epochs, Loss: t.loss[epoch-1], Seconds: t.seconds[epoch-1]}
	e.LRGenerator, e.LRCodes = c.Training.rates(epoch)
	if v := c.Training.Validation; v.Due(epoch) {
		loss := t.validation[v.Count(epoch)-1]
		e.Validation, e.Stopped = &loss, t.stopped(c, epoch)
	}
	progress(e)
}
