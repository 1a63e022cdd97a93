package glo

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"sedlab/internal/safetensors"
	"sedlab/priors/priortest"
)

// The snippets of docs/trained-priors.md make the same spectrum as the generator from a code.
func TestDocumentedSnippets(t *testing.T) {
	doc, err := os.ReadFile("../../docs/trained-priors.md")
	if err != nil {
		t.Fatal(err)
	}
	snippets := regexp.MustCompile("(?s)```python\n(.*?)```").FindAllSubmatch(doc, -1)
	if len(snippets) != 2 {
		t.Fatalf("docs/trained-priors.md has %d snippets, expected one of PyTorch and one of NumPy", len(snippets))
	}
	plain := small()
	plain.BatchNorm = false
	for i, needs := range []string{"torch", "numpy"} {
		t.Run(needs, func(t *testing.T) {
			if err := exec.Command("python3", "-c", "import safetensors, "+needs).Run(); err != nil {
				t.Skipf("python3 has no safetensors and %s: %v", needs, err)
			}
			for _, batchNorm := range []bool{true, false} {
				c := small()
				c.BatchNorm = batchNorm
				prior, _ := train(t, c, priortest.Data())
				want := make([]float32, prior.Dim())
				prior.NewTape(1).Generate(want, prior.Model().Codes[:prior.CodeDim()])
				agree(t, snippet(t, string(snippets[i][1]), prior), want)
			}
		})
	}
}

// snippet returns the spectrum that Python code makes from the prior's file.
func snippet(t *testing.T, code string, prior *Prior) []float32 {
	t.Helper()
	var file bytes.Buffer
	if err := safetensors.Write(&file, prior.State()); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "prior.safetensors"), file.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("python3", "-c", code+"\nprint(json.dumps(spectrum.tolist()))")
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var spectra [][]float32
	if err := json.Unmarshal(out, &spectra); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return spectra[0]
}

// agree checks got to five digits of want's largest value.
func agree(t *testing.T, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d fluxes, expected %d", len(got), len(want))
	}
	largest, most := 0.0, 0.0
	for i, w := range want {
		largest = max(largest, math.Abs(float64(w)))
		most = max(most, math.Abs(float64(got[i])-float64(w)))
	}
	if !(most <= 1e-5*largest) {
		t.Errorf("the spectra differ by %g, relative to the largest flux", most/largest)
	}
}
