package runner

import (
	"errors"
	"io"
	"time"

	"sedlab/framework/cache"
	"sedlab/framework/plan"
	"sedlab/internal/safetensors"
	"sedlab/priors"
)

// stateKey returns the key of a training's saved state: its own, or the one it shares
// with longer trainings that go on from it.
func stateKey(t plan.Training) cache.Key {
	if t.Continued != "" {
		return t.Continued
	}
	return t.Key
}

// lockOf names the lock of a training's state.
func lockOf(t plan.Training) string { return "prior-" + string(stateKey(t)) }

// Forget removes the state from which a longer training would go on, unless another
// process uses it.
func Forget(c *cache.Cache, t plan.Training) (err error) {
	if t.Continued == "" {
		return nil
	}
	lock, _, err := c.TryLock(lockOf(t))
	if lock == nil || err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Unlock()) }()
	return c.Checkpoint(t.Continued).Remove()
}

// checkpoint saves a training's state in the cache at intervals. It implements
// priors.Checkpoint.
type checkpoint struct {
	file   *cache.Checkpoint
	every  time.Duration
	keep   bool          // save the state after the last epoch too, for a longer training
	found  *priors.State // to go on from; nil to train from the start
	epochs int           // trained here, without those of the found state
	ended  bool          // the last epoch is trained
	last   time.Time     // when a state was last saved, or the training began
	cost   time.Duration // of the last save
	err    error         // of the last save
}

// Restore returns the found state, the first time it is called.
func (c *checkpoint) Restore() *priors.State {
	found := c.found
	c.found = nil
	return found
}

// Due reports whether it is time to save a state, so that saving takes at most 2 % of
// the time. It is called after every epoch.
func (c *checkpoint) Due() bool {
	c.epochs++
	return c.keep && c.ended || time.Since(c.last) >= max(c.every, 50*c.cost)
}

// Save saves a state.
func (c *checkpoint) Save(s *priors.State) error {
	start := time.Now()
	c.err = c.file.Save(func(w io.Writer) error { return safetensors.Write(w, s) })
	c.last = time.Now()
	c.cost = c.last.Sub(start)
	return c.err
}
