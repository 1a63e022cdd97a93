package yamlpos

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// Near returns the candidate that name was most likely meant to be, or "". Names and
// candidates are paths of words. Two paths are near if each word is near its
// counterpart, or if one path has a single extra word that is not its last. If no
// candidate is near, a name of one word matches the shortest path that ends in it.
func Near(name string, candidates []string) string {
	const longest = 80 // bounds the work on hostile names
	words := splitWords(name)
	if len(words) == 0 || len(name) > longest {
		return ""
	}
	best, bestDistance := "", len(name)+1
	for _, c := range candidates {
		if d, near := difference(words, splitWords(c)); near && d < bestDistance {
			best, bestDistance = c, d
		}
	}
	if best != "" || len(words) > 1 {
		return best
	}
	fewest := math.MaxInt
	for _, c := range candidates {
		if path := splitWords(c); len(path) < fewest && path[len(path)-1] == name {
			best, fewest = c, len(path)
		}
	}
	return best
}

// splitWords splits a path at dots and slashes.
func splitWords(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '.' || r == '/' })
}

// difference returns by how many letters two paths differ, and whether they are near.
func difference(name, other []string) (letters int, near bool) {
	if len(name) != len(other) {
		return extraWord(name, other)
	}
	for i, word := range name {
		d := distance(strings.ToLower(word), strings.ToLower(other[i]))
		if d > max(1, len(word)/3) {
			return 0, false
		}
		letters += d
	}
	return letters, true
}

// extraWord reports whether one of two paths of several words has a single extra word
// that is not its last, and returns the length of that word.
func extraWord(name, other []string) (letters int, only bool) {
	long, short := name, other
	if len(long) < len(short) {
		long, short = short, long
	}
	if len(name) < 2 || len(long) != len(short)+1 {
		return 0, false
	}
	for i, word := range long[:len(short)] {
		if word != short[i] {
			return len(word), slices.Equal(long[i+1:], short[i:])
		}
	}
	return 0, false
}

// distance returns the number of insertions, deletions, substitutions and swaps of
// neighbours that turn a into b (optimal string alignment).
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

// Instead returns the second half of an error about an unknown name: "did you mean …?"
// if a known name is near, or else the list of known names.
func Instead(name string, known []string) string {
	if near := Near(name, known); near != "" {
		return `did you mean "` + near + `"?`
	}
	return "expected one of " + strings.Join(known, ", ")
}

// InsteadOfKey returns the second half of an error about an unknown key of a section:
// the same key written nested if it has dots, a similar key of the section or of one
// below it, or else all keys of the section.
func InsteadOfKey(fields []Field, e Entry) string {
	own, value := Names(fields), e.Value.brief()
	if text, known := nested(fields, e.Key, value); known {
		return "write it nested: " + text
	}
	if Near(e.Key, own) != "" {
		return Instead(e.Key, own)
	}
	if near := Near(e.Key, Paths(fields, "")); near != "" {
		text, _ := nested(fields, near, value)
		return "did you mean " + text + "?"
	}
	if text, _ := nested(fields, e.Key, value); text != "" {
		return "write it nested: " + text
	}
	return Instead(e.Key, own)
}

// nested writes a dotted path as nested sections, and reports whether the fields have
// it. The text is "" if the path does not begin in one of their sections.
func nested(fields []Field, path, value string) (text string, known bool) {
	name, rest, more := strings.Cut(path, ".")
	for _, f := range fields {
		switch {
		case f.Name != name:
		case !more:
			return name + ": " + value, true
		case len(f.Fields) > 0:
			text, known := nested(f.Fields, rest, value)
			if text == "" {
				text = strings.ReplaceAll(rest, ".", ": {") + ": " + value + strings.Repeat("}", strings.Count(rest, "."))
			}
			return name + ": {" + text + "}", known
		case f.Type == Raw || f.Type == Scalars:
			return name + ": {" + rest + ": " + value + "}", true
		}
	}
	return "", false
}

// brief returns the YAML with which messages quote a value.
func (n *Node) brief() string {
	switch {
	case n.Kind == Mapping:
		return "{…}"
	case n.Kind == Sequence:
		return "[…]"
	case n.Quoted:
		return strconv.Quote(shorten(n.Value))
	}
	return shorten(n.Value)
}
