package escape_test

import (
	"testing"

	"sedlab/internal/escape"
)

func TestControl(t *testing.T) {
	for text, want := range map[string]string{
		"λ = 1e-5, 日本 \"quoted\" \\": "λ = 1e-5, 日本 \"quoted\" \\",
		"\x1b[31mred\x07":            `\x1b[31mred\a`,
		"a\tb\nc\r":                  `a\tb` + "\n" + `c\r`,
		"\u009b2J\u202egnp\u2028":    `\u009b2J\u202egnp\u2028`,
		"\xff\x9b\uFFFD":             `\xff\x9b` + "\uFFFD",
		"👩\u200d🚀":                   "👩\u200d🚀",
	} {
		if got := escape.Control(text, "\n"); got != want {
			t.Errorf("%q: %q; expected %q", text, got, want)
		}
	}
}

func TestJSON(t *testing.T) {
	text := "{\n\t\"λ\": \"a\u009b2J\u007f\u202e\\u001b\"\n}"
	if got, want := escape.JSON(text), "{\n\t\"λ\": \"a\\u009b2J\\u007f\\u202e\\u001b\"\n}"; got != want {
		t.Errorf("%q; expected %q", got, want)
	}
}

func TestMarkdown(t *testing.T) {
	for text, want := range map[string]string{
		"is λ < 1e-5 *better*?":               "is λ &lt; 1e-5 *better*?",
		"<script>alert(1)</script>":           "&lt;script>alert(1)&lt;/script>",
		"![x](http://example.com/a.png) [16]": "![x]\\(http://example.com/a.png) [16]",
		"[a][b] [b]: http://example.com":      "[a]\\[b] [b]\\: http://example.com",
		"a | b\x1b[31m":                       `a \| b\x1b[31m`,
	} {
		if got := escape.Markdown(text); got != want {
			t.Errorf("%q: %q; expected %q", text, got, want)
		}
		if got, want := escape.FromMarkdown(want), escape.Control(text, ""); got != want {
			t.Errorf("back again: %q; expected %q", got, want)
		}
	}
}
