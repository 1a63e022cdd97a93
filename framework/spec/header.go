package spec

import (
	"regexp"
	"strings"
)

// Header is what the comment at the top of a spec says, in the form
//
//	# Question: how does the error grow?
//	# Run: sedlab run NAME      Takes: 5 min on 2 cores      Expect: little
type Header struct {
	Comment  string // the lines of the comment, "#" and all
	Question string
	Run      string
	Takes    string
	Expect   string
}

var label = regexp.MustCompile(`\b(Question|Run|Takes|Expect):`)

// newHeader reads the lines before the first one that is no comment.
func newHeader(text string) Header {
	var h Header
	var words []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "#") {
			break
		}
		h.Comment += line + "\n"
		words = append(words, strings.Fields(strings.TrimLeft(line, "#"))...)
	}
	comment := strings.Join(words, " ")
	values := map[string]*string{"Question": &h.Question, "Run": &h.Run, "Takes": &h.Takes, "Expect": &h.Expect}
	places := label.FindAllStringSubmatchIndex(comment, -1)
	for i, p := range places {
		end := len(comment)
		if i+1 < len(places) {
			end = places[i+1][0]
		}
		*values[comment[p[2]:p[3]]] = strings.TrimSpace(comment[p[1]:end])
	}
	return h
}
