// Package escape makes text that people wrote safe to print.
package escape

import (
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
		acts := unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp, unicode.Bidi_Control)
		if acts && !strings.ContainsRune(keep, r) {
			quoted := strconv.QuoteToASCII(string(r))
			b.WriteString(quoted[1 : len(quoted)-1])
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
