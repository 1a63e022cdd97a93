package safetensors

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// rewrite reads a file with the reference implementation and writes it again,
// including its metadata.
const rewrite = `
import sys
from safetensors import safe_open
from safetensors.numpy import save_file
with safe_open(sys.argv[1], "np") as f:
    save_file({k: f.get_tensor(k) for k in f.keys()}, sys.argv[2], f.metadata())
`

// The reference implementation reads what Write writes, and Parse what it writes.
func TestReferenceImplementationAgrees(t *testing.T) {
	if err := exec.Command("python3", "-c", "import numpy, safetensors").Run(); err != nil {
		t.Skip("python3 has no numpy and safetensors: ", err)
	}
	in, out := filepath.Join(t.TempDir(), "in.safetensors"), filepath.Join(t.TempDir(), "out.safetensors")
	want := example()
	if err := os.WriteFile(in, write(t, want), 0o666); err != nil {
		t.Fatal(err)
	}
	if text, err := exec.Command("python3", "-c", rewrite, in, out).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, bytes.TrimSpace(text))
	}
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	byName := func(f *File) (map[string]string, map[string]Tensor) {
		tensors := map[string]Tensor{}
		for _, x := range f.Tensors {
			tensors[x.Name] = x
		}
		return f.Metadata, tensors
	}
	wantMeta, wantTensors := byName(want)
	gotMeta, gotTensors := byName(got)
	if diff := cmp.Diff(wantMeta, gotMeta) + cmp.Diff(wantTensors, gotTensors, bits); diff != "" {
		t.Errorf("read and written by the reference implementation (-want +got):\n%s", diff)
	}
}
