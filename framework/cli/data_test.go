package cli_test

import (
	"context"
	"io"
	"strings"
	"testing"

	"sedlab/catalog"
	"sedlab/datasets"
	"sedlab/framework/cli"
)

// few makes fewer signals than other sources do by default.
type few struct {
	Signals int `spec:"size" default:"20" range:"[1,1000]" doc:"number of signals"`
}

func (f *few) made() *datasets.SyntheticConfig { return &datasets.SyntheticConfig{Signals: f.Signals} }

func (f *few) Check() []datasets.KeyError  { return nil }
func (f *few) Size() (signals, fluxes int) { return f.made().Size() }
func (f *few) Identify(ctx context.Context, seed uint64, d datasets.Digest) (datasets.Identity, error) {
	return f.made().Identify(ctx, seed, d)
}
func (f *few) Load(ctx context.Context, seed uint64) (*datasets.Set, error) {
	return f.made().Load(ctx, seed)
}

func TestDataInfoOfASourceWithASmallRange(t *testing.T) {
	c := catalog.Default()
	c.Sources = append(c.Sources, datasets.Kind{Name: "few", Doc: "a few signals", Version: 1, New: func() datasets.Config { return new(few) }})
	var out, errs strings.Builder
	if code := cli.Main(c, []string{"data", "info", "few"}, &out, &errs); code != 0 || !strings.Contains(out.String(), "20\n") {
		t.Errorf("code %d, %s%s", code, out.String(), errs.String())
	}
	if code := cli.Main(c, []string{"data", "info", "few", "--size", "4000"}, io.Discard, &errs); code == 0 || !strings.Contains(errs.String(), `source "few": size: `) {
		t.Errorf("code %d, %q; expected what is wrong with the size", code, errs.String())
	}
}
