package yamlpos

import "strings"

// Near returns the candidate that name most likely stands for, or "". For
// keys and paths, one that ends in the same word is near however far its path is;
// of several, the first of those with the fewest words.
func Near(name string, candidates []string) string {
	const longest = 80 // bounds the work on hostile names
	if len(name) == 0 || len(name) > longest {
		return ""
	}
	best, bestDistance := "", max(1, len(name)/3)+1
	for _, c := range candidates {
		if d := distance(strings.ToLower(name), strings.ToLower(c)); d < bestDistance {
			best, bestDistance = c, d
		}
	}
	if best != "" {
		return best
	}
	word := lastWord(name)
	for _, c := range candidates {
		if lastWord(c) == word && (best == "" || words(c) < words(best)) {
			best = c
		}
	}
	return best
}

// words returns how many words a path has.
func words(path string) int { return len(strings.FieldsFunc(path, isSeparator)) }

func isSeparator(r rune) bool { return r == '.' || r == '/' }

// lastWord returns what follows the last dot or slash.
func lastWord(name string) string { return name[strings.LastIndexFunc(name, isSeparator)+1:] }

// distance returns the number of insertions, deletions, substitutions and swaps
// of neighbours between a and b (optimal string alignment).
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

// Instead returns "did you mean …?" if one of the known names is near, or else
// all of them: the second half of the problem of an unknown name.
func Instead(name string, known []string) string {
	if near := Near(name, known); near != "" {
		return `did you mean "` + near + `"?`
	}
	return "expected one of " + strings.Join(known, ", ")
}
