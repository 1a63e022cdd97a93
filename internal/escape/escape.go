// Package escape makes text that people wrote safe to print, and to put into files for
// people: a function for each format. SVG is escaped where it is drawn.
package escape

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// Control replaces characters that a terminal would act on rather than show by Go's
// escapes, such as \x1b: control characters, line separators, those that change the
// direction of writing, and bytes that are not UTF-8. Characters in keep stay.
func Control(text, keep string) string {
	var b strings.Builder
	for i, r := range text {
		if r == unicode.ReplacementChar && !strings.HasPrefix(text[i:], "\uFFFD") {
			b.WriteString(`\x` + strconv.FormatUint(uint64(text[i])|0x100, 16)[1:])
			continue
		}
		if acts(r) && !strings.ContainsRune(keep, r) {
			quoted := strconv.QuoteToASCII(string(r))
			b.WriteString(quoted[1 : len(quoted)-1])
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// JSON does the same for JSON text, by the escapes of its strings. Control characters below
// U+0020 stay: they are between values.
func JSON(text string) string {
	var b strings.Builder
	for _, r := range text {
		if acts(r) && r >= ' ' {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// markdown replaces what Markdown would take for HTML, for a link or an image, and for the
// end of a table's field; fromMarkdown puts it back.
var (
	markdown     = strings.NewReplacer("<", "&lt;", "](", `]\(`, "][", `]\[`, "]:", `]\:`, "|", `\|`)
	fromMarkdown = strings.NewReplacer("&lt;", "<", `]\(`, "](", `]\[`, "][", `]\:`, "]:", `\|`, "|")
)

// Markdown makes a line of text safe in Markdown, as part of a paragraph or of a table.
// Emphasis stays.
func Markdown(text string) string { return markdown.Replace(Control(text, "")) }

// FromMarkdown takes back what Markdown replaced, but for the escapes of control characters.
func FromMarkdown(text string) string { return fromMarkdown.Replace(text) }

// acts reports whether a terminal acts on a character.
func acts(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp, unicode.Bidi_Control)
}
