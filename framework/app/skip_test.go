package app_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"sedlab/framework/app"
	"sedlab/framework/spec"
)

// stopAt cancels a context once a number of files is done.
type stopAt struct {
	recorder
	files int
	stop  context.CancelFunc
}

func (s *stopAt) Counted(unit string, done, _ int) {
	if unit == "files" && done == s.files {
		s.stop()
	}
}

// A conversion that skips broken files, and is interrupted, gives the same bytes in the end.
func TestConvertSkipsBrokenFiles(t *testing.T) {
	a, _ := open(t, small)
	dir, out := t.TempDir(), t.TempDir()
	for i := range 6 {
		text := fmt.Sprintf("# redshift: 0\nwavelength,flux,error\n4000,%d,1\n4500,2,1\n5000,4,1\n", i+1)
		if i == 1 || i == 4 {
			text = "wavelength,flux\nx,1\n"
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.csv", i)), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	convert := func(ctx context.Context, name string, e app.Events) (*app.Converted, error) {
		return a.Convert(ctx, app.Conversion{Files: []string{dir}, Out: filepath.Join(out, name), Edits: []spec.Edit{
			{Origin: "test", Text: "dataset.skip_broken=true"}, {Origin: "test", Text: "dataset.prepare=[]"},
		}}, e)
	}
	events := &recorder{}
	want, err := convert(t.Context(), "want.parquet", events)
	if err != nil {
		t.Fatal(err)
	}
	if want.Signals != 4 || want.Files != 6 || len(want.Dropped) != 2 || want.Dropped[1].Name != "4.csv" || !slices.Equal(events.notes, []string{"left out because unreadable: 2 files"}) {
		t.Errorf("%+v, notes %q", want, events.notes)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if _, err := convert(ctx, "got.parquet", &stopAt{files: 3, stop: cancel}); !errors.Is(err, context.Canceled) {
		t.Fatalf("interrupted: %v", err)
	}
	got, err := convert(t.Context(), "got.parquet", &recorder{})
	if err != nil || got.Resumed != 3 || !reflect.DeepEqual(got.Dropped, want.Dropped) {
		t.Errorf("resumed: %+v, %v", got, err)
	}
	first, err := os.ReadFile(filepath.Join(out, "want.parquet"))
	second, err2 := os.ReadFile(filepath.Join(out, "got.parquet"))
	if err := errors.Join(err, err2); err != nil || !bytes.Equal(first, second) {
		t.Errorf("the interrupted conversion gives another file; %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(out, "*.part")); len(left) > 0 {
		t.Errorf("%s is left", strings.Join(left, ", "))
	}
}
