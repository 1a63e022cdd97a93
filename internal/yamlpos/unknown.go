package yamlpos

import (
	"strconv"
	"strings"
)

// Unknown says what a key that a section of some fields does not have should have
// been: the same written nested if it has dots, a key of a section below, or one
// of the section's own.
func Unknown(fields []Field, e Entry) string {
	var own []string
	for _, field := range fields {
		own = append(own, field.Name)
	}
	value := e.Value.brief()
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

// nested writes a dotted path as sections within one another, as far as fields
// define the keys of a section, and tells whether the fields have it. What does
// not begin in one of the fields' sections is "".
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

// brief is a value as a message repeats it within YAML.
func (n *Node) brief() string {
	switch {
	case n.Kind == Mapping:
		return "{…}"
	case n.Kind == Sequence:
		return "[…]"
	case n.Quoted:
		return strconv.Quote(short(n.Value))
	}
	return short(n.Value)
}
