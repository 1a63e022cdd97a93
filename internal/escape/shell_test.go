package escape_test

import (
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"

	"sedlab/internal/escape"
)

// A shell reads back the words that Shell quoted.
func TestShell(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("needs a shell: ", err)
	}
	words := []string{"", "plain", "priors.glo.code_dim=50", "a b", "it's", "{a: [1, 2]}", "$HOME", "`id`", "$(id)", "~", "!x", "-n", "\\", "*", "tab\there", "λ=é", "a\u2028b", ";|&<>()#"}
	alphabet := []rune("ab='\"\\$`*?[]{}!#~&|;<>() \tλ-")
	stream := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		var b strings.Builder
		for range stream.IntN(12) {
			b.WriteRune(alphabet[stream.IntN(len(alphabet))])
		}
		words = append(words, b.String())
	}
	line := `printf '%s\n'`
	for _, w := range words {
		line += " " + escape.Shell(w)
	}
	out, err := exec.Command(sh, "-c", line).Output()
	if want := strings.Join(words, "\n") + "\n"; err != nil || string(out) != want {
		t.Errorf("got %q, %v", out, err)
	}
	if got := escape.Shell("evaluate.signals=10"); got != "evaluate.signals=10" {
		t.Errorf("quotes without need: %s", got)
	}
}
