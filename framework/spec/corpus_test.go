package spec_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sedlab/framework/spec"
)

var update = flag.Bool("update", false, "write the expected messages of testdata/bad")

// TestBadSpecs compares the errors of wrong specs, with source lines and carets, with
// the .out files beside them.
func TestBadSpecs(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) < 30 {
		t.Fatalf("found %d bad specs: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, err = spec.Parse(text, "bad.yaml", options())
			errs, ok := err.(*spec.Errors)
			if !ok {
				t.Fatalf("got error %v of type %T, want *spec.Errors", err, err)
			}
			var got strings.Builder
			if err := errs.Print(&got); err != nil {
				t.Fatal(err)
			}
			golden := strings.TrimSuffix(file, ".yaml") + ".out"
			if *update {
				if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got.String() != string(want) {
				t.Errorf("got:\n%s\nwant:\n%s", got.String(), want)
			}
		})
	}
}
