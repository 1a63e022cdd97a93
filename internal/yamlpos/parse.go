package yamlpos

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// Limits on what Parse reads. They keep a file from exhausting memory: aliases of
// aliases grow exponentially.
const (
	MaxBytes = 1 << 20
	MaxNodes = 100_000 // after aliases are expanded
	MaxDepth = 64
	maxKey   = 100 // bytes of a key
)

// Parse reads one YAML document. It adds errors to errs, and returns nil if nothing is
// left to check.
func Parse(text []byte, origin string, errs *Errors) *Node {
	errs.AddSource(origin, text)
	return parse(text, Pos{Origin: origin, Line: 1, Column: 1}, errs)
}

// ParseValue reads a value from a command line or a program. Its places have no lines.
func ParseValue(text, origin string, errs *Errors) *Node {
	return parse([]byte(text), Pos{Origin: origin}, errs)
}

// parse reads one document; start is where it begins.
func parse(text []byte, start Pos, errs *Errors) *Node {
	if len(text) > MaxBytes {
		errs.Add(start, "", "is %d bytes long; expected at most %d", len(text), MaxBytes)
		return nil
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document, second yaml.Node
	if err := decoder.Decode(&document); err != nil {
		syntaxError(err, text, start, errs)
		return nil
	}
	c := converter{start: start, errs: errs}
	switch err := decoder.Decode(&second); {
	case err == nil:
		errs.Add(c.pos(&second), "", "a second document begins here; expected one document a file")
	case !errors.Is(err, io.EOF):
		syntaxError(err, text, start, errs)
	}
	root := c.node(document.Content[0], "", 0)
	if c.full {
		return nil
	}
	return root
}

// converter converts the nodes of the YAML library.
type converter struct {
	start Pos
	errs  *Errors
	nodes int
	full  bool // a limit was hit, and reported
}

func (c *converter) pos(n *yaml.Node) Pos {
	if c.start.Line == 0 {
		return c.start
	}
	return Pos{Origin: c.start.Origin, Line: n.Line, Column: n.Column}
}

func (c *converter) node(n *yaml.Node, path string, depth int) *Node {
	c.nodes++
	out := &Node{Pos: c.pos(n)}
	if c.tooLarge(n, path, depth) {
		return out
	}
	if n.Style&yaml.TaggedStyle != 0 {
		c.errs.Add(out.Pos, path, "has the tag %s; expected a value without a tag", n.Tag)
	}
	switch n.Kind {
	case yaml.AliasNode:
		return c.node(n.Alias, path, depth+1)
	case yaml.MappingNode:
		out.Kind = Mapping
		c.entries(out, n, path, depth)
	case yaml.SequenceNode:
		out.Kind = Sequence
		for i, item := range n.Content {
			out.Items = append(out.Items, c.node(item, fmt.Sprintf("%s[%d]", path, i), depth+1))
		}
	case yaml.ScalarNode:
		out.Value = n.Value
		out.Quoted = n.Style&^yaml.TaggedStyle != 0 // any quoted or block style
	}
	return out
}

// tooLarge reports whether the tree has too many nodes or levels. An alias inside its
// own anchor would have infinitely many.
func (c *converter) tooLarge(n *yaml.Node, path string, depth int) bool {
	if !c.full && c.nodes > MaxNodes {
		c.errs.Add(c.pos(n), "", "more than %d values, with aliases expanded", MaxNodes)
		c.full = true
	}
	if !c.full && depth > MaxDepth {
		c.errs.Add(c.pos(n), "", "nested more than %d levels deep", MaxDepth)
		c.full = true
	}
	return c.full
}

func (c *converter) entries(out *Node, n *yaml.Node, path string, depth int) {
	first := map[string]Pos{}
	for i := 0; i+1 < len(n.Content) && !c.full; i += 2 {
		key := n.Content[i]
		pos := c.pos(key)
		if key.Kind != yaml.ScalarNode {
			c.errs.Add(pos, path, "has a key that is not a word; expected key: value")
			continue
		}
		if len(key.Value) > maxKey {
			c.errs.Add(pos, path, "has a key of %d bytes; expected at most %d", len(key.Value), maxKey)
			continue
		}
		below := Join(path, key.Value)
		if key.Tag == "!!merge" {
			c.errs.Add(pos, below, "merge keys are not supported; write the keys out")
			continue
		}
		if at, repeated := first[key.Value]; repeated {
			c.errs.Add(pos, below, "given twice; the first is at %s", at)
			continue
		}
		first[key.Value] = pos
		value := c.node(n.Content[i+1], below, depth+1)
		out.Entries = append(out.Entries, Entry{Key: key.Value, Pos: pos, Value: value})
	}
}

// Join returns the path of a key below a path.
func Join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

var (
	yamlError = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)
	// fromZero matches errors of the library's parser. It counts lines from 0, the
	// library's scanner from 1.
	fromZero = regexp.MustCompile(`did not find expected (<|node content|'-' indicator|key|',' or)|undefined tag handle|duplicate %`)

	unknownAnchor = regexp.MustCompile(`^unknown anchor '(.*)' referenced`)
	control       = regexp.MustCompile(`[\x00-\x08\x0B\x0C\x0E-\x1F\x7F]`)
)

// syntaxError adds an error of the YAML library at the line that it names.
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
			pos.Line = lastWritten(text, pos.Line, problem)
		} else if at := culprit(text, problem); at >= 0 {
			before := text[:at]
			pos.Line = 1 + bytes.Count(before, []byte("\n"))
			pos.Column = 1 + utf8.RuneCount(before[1+bytes.LastIndexByte(before, '\n'):])
		}
	}
	errs.Add(pos, "", "not YAML: %s", strings.TrimSpace(problem))
}

// lastWritten returns the line of a problem, or the last line before it that is not
// blank, because the library reads on until it knows what is missing.
func lastWritten(text []byte, line int, problem string) int {
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
