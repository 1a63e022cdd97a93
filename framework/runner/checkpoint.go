package runner

import (
	"cmp"
	"errors"
	"io"
	"slices"
	"strconv"
	"time"

	"sedlab/framework/cache"
	"sedlab/framework/plan"
	"sedlab/internal/safetensors"
	"sedlab/priors"
)

// LockOf names the lock of a training and its state.
func LockOf(t plan.Training) string { return "prior-" + string(t.Key) }

// Forget removes the state in which a training of a search ended, unless another process
// uses it. The state of a training that was made for itself stays.
func Forget(c *cache.Cache, t plan.Training) (err error) {
	for note := range c.Notes(cache.Priors, t.Key) {
		if note[noteSearched] == "" {
			return nil
		}
	}
	lock, _, err := c.TryLock(LockOf(t))
	if lock == nil || err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	return c.Checkpoint(t.Key).Remove()
}

// Ended lists the trainings in a cache from whose states others can go on.
type Ended struct {
	cache *cache.Cache
	by    map[cache.Key][]ended // by plan.Training.Continued
}

// ended is a training of a certain length.
type ended struct {
	key    cache.Key
	length int
}

// EndedIn reads the list of a cache.
func EndedIn(c *cache.Cache) *Ended {
	e := &Ended{c, map[cache.Key][]ended{}}
	for info, err := range c.Entries(cache.Priors) {
		length, wrong := strconv.Atoi(info.Note[noteLength])
		if err == nil && wrong == nil {
			e.add(cache.Key(info.Note[noteContinued]), info.Key, length)
		}
	}
	return e
}

func (e *Ended) add(continued, key cache.Key, length int) {
	e.by[continued] = append(e.by[continued], ended{key, length})
}

// Shorter returns how long the training was from whose state t can go on: the longest of
// those that are equal but shorter and whose state the cache has; 0 if there is none.
func (e *Ended) Shorter(t plan.Training) (length int) {
	for _, s := range e.shorter(t) {
		return s.length
	}
	return 0
}

// shorter returns the trainings from whose states t can go on, the longest first.
func (e *Ended) shorter(t plan.Training) (list []ended) {
	if t.Continued == "" {
		return nil
	}
	for _, s := range e.by[t.Continued] {
		if s.length < t.Length && e.cache.Checkpoint(s.key).Exists() {
			list = append(list, s)
		}
	}
	slices.SortStableFunc(list, func(a, b ended) int { return cmp.Compare(b.length, a.length) })
	return list
}

// checkpoint saves a training's state in the cache at intervals. It implements
// priors.Checkpoint.
type checkpoint struct {
	file   *cache.Checkpoint
	lock   *cache.Lock
	every  time.Duration
	keep   bool          // save the state after the last epoch too, and keep it for a longer training
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

// Save saves a state, unless the lock was lost: then the state is that of another process.
func (c *checkpoint) Save(s *priors.State) error {
	start := time.Now()
	if c.err = c.lock.Held(); c.err != nil {
		return c.err
	}
	c.err = c.file.Save(func(w io.Writer) error { return safetensors.Write(w, s) })
	c.last = time.Now()
	c.cost = c.last.Sub(start)
	return c.err
}
