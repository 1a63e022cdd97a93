package spec_test

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"sedlab/experiments"
	"sedlab/framework/spec"
	"sedlab/internal/rng"
)

// scraps are what typing errors leave in a spec.
var scraps = []string{
	"", " ", "\n", ":", "- ", "[", "]", "{", "}", ",", "\"", "'", "#", "&a ", "*a", "!!int ", "|", "0", "-1", "1e9", "9999999999999999999",
	"null", "true", "x", "\t", "\x00", "\xff", "sweep", "kind", "glo", "extends: quickstart\n", "repeat: 3", "zip", "{from: 1, to: 2, step: 0.5}",
}

// mutated returns a text with a few bytes, words or lines changed.
func mutated(r *rand.Rand, text []byte) []byte {
	for range 1 + r.IntN(3) {
		at, end := r.IntN(len(text)), r.IntN(len(text))
		at, end = min(at, end), min(max(at, end), at+r.IntN(20))
		switch scrap := scraps[r.IntN(len(scraps))]; r.IntN(4) {
		case 0:
			text = append(bytes.Clone(text[:at]), append([]byte(scrap), text[end:]...)...)
		case 1:
			text = append(bytes.Clone(text[:at]), append([]byte(scrap), text[at:]...)...)
		case 2: // a line twice
			lines := bytes.SplitAfter(text, []byte("\n"))
			line := lines[r.IntN(len(lines))]
			text = append(bytes.Clone(text), line...)
		case 3: // a line lost
			lines := bytes.SplitAfter(text, []byte("\n"))
			i := r.IntN(len(lines))
			text = bytes.Join(append(lines[:i:i], lines[i+1:]...), nil)
		}
	}
	return text
}

// TestMutatedSpecs checks that a damaged spec either has errors with places or still
// says exactly what will run.
func TestMutatedSpecs(t *testing.T) {
	names := experiments.Names()
	accepted := 0
	for i := range 150 {
		r := rng.New(0, "mutated specs", uint64(i))
		original, err := experiments.FS.ReadFile(names[i%len(names)] + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		text := mutated(r, original)
		f, err := spec.Parse(text, "f.yaml", shipped())
		if err != nil {
			if !strings.Contains(err.Error(), ".yaml:") {
				t.Errorf("an error without a place: %v\n%s", err, text)
			}
			continue
		}
		accepted++
		resolved, err := f.YAML()
		if err != nil {
			t.Fatal(err)
		}
		same, err := spec.Parse(resolved, "f.yaml", shipped())
		if err != nil || same.Hash() != f.Hash() || points(same) != points(f) {
			t.Errorf("%v: the resolved spec is another:\n%s\nof\n%s", err, resolved, text)
		}
	}
	if accepted == 0 || accepted == 150 {
		t.Errorf("%d of 150 accepted", accepted)
	}
}
