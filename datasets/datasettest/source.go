// Package datasettest is the contract that every source and every step must meet:
//
//	func TestSource(t *testing.T) { datasettest.Source(t, Kind, &Config{…}) }
//	func TestStep(t *testing.T) { datasettest.Step(t, StepKind, &StepConfig{…}) }
//
// Sources and steps in other modules can run it too.
package datasettest

import (
	"context"
	"encoding/hex"
	"errors"
	"io/fs"
	"math"
	"reflect"
	"slices"
	"testing"

	"sedlab/datasets"
	"sedlab/internal/kind/kindtest"
)

// Source loads data sets with config, a config of kind, and checks them against the
// contract of datasets.Config. They should load in well under a second.
func Source(t *testing.T, kind datasets.Kind, config datasets.Config) {
	t.Helper()
	kindtest.Check(t, kind, config)
	if errs := config.Check(); len(errs) > 0 {
		t.Fatalf("the test's own config is refused: %v", errs)
	}
	before := reflect.ValueOf(config).Elem().Interface()
	set := load(t, config, 1)
	if err := set.Check(); err != nil {
		t.Fatal(err)
	}
	if len(set.SHA256) != hex.EncodedLen(32) || set.Name == "" || set.Norm != nil {
		t.Errorf("name %q, SHA-256 %q, norms %v; expected a name, 64 hex digits, no norms", set.Name, set.SHA256, set.Norm)
	}
	signals, fluxes := config.Size()
	if signals != 0 && signals != set.Len() || fluxes != 0 && fluxes != set.Dim() {
		t.Errorf("Size() is %d signals of %d fluxes, loaded are %d of %d", signals, fluxes, set.Len(), set.Dim())
	}
	t.Run("identity", func(t *testing.T) { testIdentity(t, config, set) })
	t.Run("missing file", func(t *testing.T) { testMissing(t, kind, config) })
	t.Run("cancel", func(t *testing.T) {
		_, err := config.Load(canceled(t), 1)
		wantCanceled(t, err)
	})
	if after := reflect.ValueOf(config).Elem().Interface(); !reflect.DeepEqual(before, after) {
		t.Errorf("the config was changed from %+v to %+v", before, after)
	}
}

// equal reports whether two sets are the same, to the bit.
func equal(a, b *datasets.Set) bool {
	same := func(x, y float64) bool { return math.Float64bits(x) == math.Float64bits(y) }
	redshifts := slices.EqualFunc(a.Redshift, b.Redshift, same) // NaN if unknown
	x, y := *a, *b
	x.Redshift, y.Redshift = nil, nil
	return redshifts && reflect.DeepEqual(x, y)
}

func load(t *testing.T, config datasets.Config, seed uint64) *datasets.Set {
	t.Helper()
	set, err := config.Load(t.Context(), seed)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// testIdentity checks that sets with equal identities are equal, whatever the seed.
func testIdentity(t *testing.T, config datasets.Config, set *datasets.Set) {
	digest := func(context.Context, string) (string, error) { return "00ff", nil }
	identify := func(seed uint64) datasets.Identity {
		id, err := config.Identify(t.Context(), seed, digest)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	id := identify(1)
	if id == (datasets.Identity{}) {
		t.Error("nothing identifies the signals")
	}
	for _, seed := range []uint64{1, 2} {
		if identify(seed) == id && !equal(load(t, config, seed), set) {
			t.Errorf("two sets of the identity %+v differ", id)
		}
	}
}

// testMissing checks that a missing file is an InputError with source and path.
func testMissing(t *testing.T, kind datasets.Kind, config datasets.Config) {
	file, ok := config.(datasets.FileConfig)
	if !ok {
		t.Skip("the signals are in no file")
	}
	path, err := file.File()
	if err != nil {
		t.Fatal(err)
	}
	_, err = config.Identify(t.Context(), 1, func(_ context.Context, path string) (string, error) {
		return "", &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	})
	var input *datasets.InputError
	if !errors.As(err, &input) || !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("got error %v, expected a *datasets.InputError that wraps fs.ErrNotExist", err)
	}
	_, fetchable := config.(datasets.Fetcher)
	if input.Source != kind.Name || input.Path != path || input.Fetchable != fetchable {
		t.Errorf("got %+v, expected source %s, path %s, fetchable %v", *input, kind.Name, path, fetchable)
	}
	ctx := canceled(t)
	_, err = config.Identify(ctx, 1, func(context.Context, string) (string, error) { return "", ctx.Err() })
	wantCanceled(t, err)
}

func canceled(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

func wantCanceled(t *testing.T, err error) {
	t.Helper()
	var input *datasets.InputError
	if !errors.Is(err, context.Canceled) || errors.As(err, &input) {
		t.Errorf("got error %v, expected context.Canceled and no InputError", err)
	}
}
