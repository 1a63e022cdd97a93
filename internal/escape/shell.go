package escape

import "strings"

// Shell quotes a word for a POSIX shell, if it needs quotes.
func Shell(word string) string {
	needs := func(r rune) bool {
		return r < 0x80 && !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("@%+=:,./_-", r)) || acts(r)
	}
	if word != "" && !strings.ContainsFunc(word, needs) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
