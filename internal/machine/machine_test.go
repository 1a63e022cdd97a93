package machine

import (
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"testing"
)

func TestBuildKeepsWhatCanChangeBits(t *testing.T) {
	got := affectingBits([]debug.BuildSetting{
		{Key: "-compiler", Value: "gc"},
		{Key: "-gcflags", Value: "-N"},
		{Key: "GOAMD64", Value: "v3"},
		{Key: "vcs.revision", Value: "0123"},
	})
	if want := map[string]string{"-gcflags": "-N", "GOAMD64": "v3"}; !maps.Equal(got, want) {
		t.Errorf("kept %v, want %v", got, want)
	}
	if got := affectingBits(nil); got != nil {
		t.Errorf("kept %v of no settings, want nil", got)
	}
}

// The toolchain records the architecture's level in every program.
func TestBuildOfThisProgram(t *testing.T) {
	level := map[string]string{"amd64": "GOAMD64", "arm64": "GOARM64"}[runtime.GOARCH]
	if got := Build(); level != "" && got[level] == "" {
		t.Errorf("built with %v, expected %s among it", got, level)
	}
}

func TestLookup(t *testing.T) {
	path := filepath.Join(t.TempDir(), "info")
	text := "processor\t: 0\nmodel name\t: A CPU: fast\nmodel name\t: another\nMemTotal:  16 kB\n"
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{"model name": "A CPU: fast", "MemTotal": "16 kB", "model": ""} {
		if got := lookup(path, key); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	if got := lookup(path+" missing", "MemTotal"); got != "" {
		t.Errorf("a missing file has %q", got)
	}
}
