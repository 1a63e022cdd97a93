package yamlpos

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

var (
	yamlError = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)
	// fromZero matches errors of the library's parser, which counts lines from 0. Its
	// scanner counts from 1.
	fromZero = regexp.MustCompile(`did not find expected (<|node content|'-' indicator|key|',' or)|undefined tag handle|duplicate %`)

	unknownAnchor = regexp.MustCompile(`^unknown anchor '(.*)' referenced`)
	control       = regexp.MustCompile(`[\x00-\x08\x0B\x0C\x0E-\x1F\x7F]`)
)

// syntaxError adds an error of the YAML library, at the line that it names.
func syntaxError(err error, text []byte, start Pos, errs *Errors) {
	if errors.Is(err, io.EOF) {
		errs.Add(start, "", "is empty; expected keys and values")
		return
	}
	problem := yamlError.ReplaceAllString(err.Error(), "")
	pos := Pos{Origin: start.Origin}
	if start.Line > 0 {
		match := yamlError.FindStringSubmatch(err.Error())
		if match != nil && match[1] != "" {
			pos.Line, _ = strconv.Atoi(match[1])
			pos.Line = written(text, pos.Line, problem)
		} else if at := culprit(text, problem); at >= 0 {
			before := text[:at]
			pos.Line = 1 + bytes.Count(before, []byte("\n"))
			pos.Column = 1 + utf8.RuneCount(before[1+bytes.LastIndexByte(before, '\n'):])
		}
	}
	errs.Add(pos, "", "not YAML: %s", strings.TrimSpace(problem))
}

// written returns the line of a problem, or the last one before it that is not blank,
// because the library reads on until it knows what is missing.
func written(text []byte, line int, problem string) int {
	if fromZero.MatchString(problem) {
		line++
	}
	lines := bytes.Split(text, []byte("\n"))
	for line = min(line, len(lines)); line > 1 && len(bytes.TrimSpace(lines[line-1])) == 0; line-- {
	}
	return line
}

// culprit returns the index in text of the cause of a problem without a line, or -1.
func culprit(text []byte, problem string) int {
	if name := unknownAnchor.FindStringSubmatch(problem); name != nil {
		return bytes.Index(text, []byte("*"+name[1]))
	}
	if at := control.FindIndex(text); at != nil && strings.HasPrefix(problem, "control characters") {
		return at[0]
	}
	if strings.Contains(problem, "UTF-8") {
		return bytes.IndexFunc(text, func(r rune) bool { return r == utf8.RuneError })
	}
	return -1
}
