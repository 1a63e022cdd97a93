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

// stateKey is the key of a training's state: its own, or one that it shares with
// the trainings that go on from it.
func stateKey(t plan.Training) cache.Key {
	if t.Continued != "" {
		return t.Continued
	}
	return t.Key
}

// lockOf names the lock of a training's state.
func lockOf(t plan.Training) string { return "prior-" + string(stateKey(t)) }

// Forget removes the state from which a longer training would go on. Where
// another process is at work on it, it stays.
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

// checkpoint saves a training's state in the cache now and then. It implements
// priors.Checkpoint.
type checkpoint struct {
	file   *cache.Checkpoint
	every  time.Duration
	keep   bool // the state after the last epoch too, for a longer training
	found  *priors.State
	epochs int           // that were trained, without those of the state that was found
	ended  bool          // the last of them was the training's last
	last   time.Time     // when a state was saved, or the training began
	cost   time.Duration // of saving a state
	err    error         // of saving one
}

// Restore returns the state that was found, once.
func (c *checkpoint) Restore() *priors.State {
	found := c.found
	c.found = nil
	return found
}

// Due tells whether it is time to save a state: not more than 2 % of the time is
// spent on that. It is asked after every epoch.
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
