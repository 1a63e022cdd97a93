package priortest

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"

	"sedlab/priors"
)

// keep is a Checkpoint that saves after every epoch, as bytes.
type keep struct {
	t     *testing.T
	file  []byte // of the last save; nil before the first
	saves int
	after func() error // called after every save
}

func (k *keep) Due() bool { return true }

func (k *keep) Restore() *priors.State {
	if k.file == nil {
		return nil
	}
	return decode(k.t, k.file)
}

func (k *keep) Save(s *priors.State) error {
	k.file = encode(k.t, s)
	k.saves++
	return k.after()
}

// testCheckpoint checks that neither saving changes a training, nor interrupting it after
// every epoch and going on with another number of workers. All epochs are reported alike.
func testCheckpoint(t *testing.T, config priors.Config, undisturbed priors.Prior) {
	k := &keep{t: t, after: func() error { return nil }}
	want, prior, err := reported(t.Context(), config, k, 1)
	if err != nil {
		t.Fatal(err)
	}
	if !sameState(t, prior, undisturbed) {
		t.Error("saving changed the prior")
	}
	total := k.saves
	if total == 0 {
		t.Log("the training does not save checkpoints")
		return
	}
	k.file, prior = nil, nil
	var epochs []priors.Epoch
	for round := 0; prior == nil; round++ {
		if round > total {
			t.Fatalf("a training of %d checkpoints was not done after %d rounds", total, round)
		}
		ctx, cancel := context.WithCancel(t.Context())
		k.after = func() error { cancel(); return nil }
		before := epochs
		epochs, prior, err = reported(ctx, config, k, 1+round%3)
		cancel()
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if len(epochs) < len(before) || !slices.EqualFunc(epochs[:len(before)], before, sameEpoch) {
			t.Fatalf("round %d does not report again what was reported before:\n%+v\n%+v", round, epochs, before)
		}
	}
	if !sameState(t, prior, undisturbed) {
		t.Error("interruptions changed the prior")
	}
	if !slices.IsSortedFunc(epochs, func(a, b priors.Epoch) int { return cmp.Compare(a.Seconds, b.Seconds) }) {
		t.Errorf("interrupted, the training's time runs backwards: %+v", epochs)
	}
	for i := range want {
		want[i].Seconds, epochs[i].Seconds = 0, 0
	}
	if !slices.EqualFunc(epochs, want, sameEpoch) {
		t.Errorf("interrupted, the training reported\n%+v\nundisturbed\n%+v", epochs, want)
	}
	testMisfits(t, config, k)
}

// sameEpoch compares epochs, and what their pointers point to.
func sameEpoch(a, b priors.Epoch) bool { return reflect.DeepEqual(a, b) }

// testMisfits checks that an error of Save ends the training, and that a checkpoint of
// other data is refused.
func testMisfits(t *testing.T, config priors.Config, k *keep) {
	full := errors.New("no space left")
	narrow, few := Data(), Data()
	narrow.Dim, narrow.Flux = dim-1, narrow.Flux[:signals*(dim-1)]
	few.Flux = few.Flux[:(signals-2)*dim]
	for what, data := range map[string]priors.Data{"other fluxes": narrow, "other signals": few} {
		data.Checkpoint = k
		if prior, err := config.Train(t.Context(), data); err == nil || prior != nil {
			t.Errorf("a checkpoint of %s was taken: %v, %v", what, prior, err)
		}
	}
	k.file, k.after = nil, func() error { return full }
	if _, prior, err := reported(t.Context(), config, k, 1); !errors.Is(err, full) || prior != nil {
		t.Errorf("training returned %v, %v after its checkpoint could not be saved", prior, err)
	}
}

// reported trains and returns the reported epochs.
func reported(ctx context.Context, config priors.Config, k *keep, workers int) ([]priors.Epoch, priors.Prior, error) {
	data := Data()
	data.Workers, data.Checkpoint = workers, k
	var epochs []priors.Epoch
	data.Progress = func(e priors.Epoch) { epochs = append(epochs, e) }
	prior, err := config.Train(ctx, data)
	return epochs, prior, err
}

// sameState compares the states of two priors, or what a solver sees of them if they have
// none.
func sameState(t *testing.T, a, b priors.Prior) bool {
	x, ok := a.(priors.Keeper)
	y, also := b.(priors.Keeper)
	if !ok || !also {
		return slices.Equal(bits(a), bits(b))
	}
	return bytes.Equal(encode(t, x.State()), encode(t, y.State()))
}
