package yamlpos

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"regexp"
	"slices"

	"gopkg.in/yaml.v3"
)

// Encode returns the tree of a tagged struct, or of a pointer to one: every
// field in order, defaults too, and no key for a nil pointer. Decoding the tree
// gives an equal struct.
func Encode(v any) *Node {
	value := reflect.Indirect(reflect.ValueOf(v))
	return encode(&Field{Type: Section, Fields: fieldsOf(value.Type())}, value)
}

func encode(f *Field, v reflect.Value) *Node {
	if f.Type == Raw {
		return v.Interface().(*Node)
	}
	v = reflect.Indirect(v)
	switch {
	case f.Type == Scalars:
		return encodeScalars(v.Interface().(map[string]any))
	case f.List:
		n := &Node{Kind: Sequence}
		for i := range v.Len() {
			n.Items = append(n.Items, encodeScalar(f, v.Index(i)))
		}
		return n
	case f.Type == Section:
		n := &Node{Kind: Mapping}
		for i := range f.Fields {
			field := &f.Fields[i]
			child := v.FieldByIndex(field.index)
			if k := child.Kind(); (k == reflect.Pointer || k == reflect.Map) && child.IsNil() {
				continue
			}
			n.Entries = append(n.Entries, Entry{Key: field.Name, Value: encode(field, child)})
		}
		return n
	}
	return encodeScalar(f, v)
}

// Changed returns the tree of a tagged struct, or of a pointer to one, with the
// fields alone that differ from their defaults or have none, and without paths of
// files: so a new field with a default, or a file that has moved, changes no tree.
func Changed(v any) *Node {
	value := reflect.Indirect(reflect.ValueOf(v))
	return changed(fieldsOf(value.Type()), value)
}

func changed(fields []Field, v reflect.Value) *Node {
	n := &Node{Kind: Mapping}
	for i := range fields {
		f := &fields[i]
		child := v.FieldByIndex(f.index)
		if k := child.Kind(); f.File || (k == reflect.Pointer || k == reflect.Map) && child.IsNil() {
			continue
		}
		var tree *Node
		if f.Type == Section && f.def == nil {
			tree = changed(f.Fields, reflect.Indirect(child))
			if len(tree.Entries) == 0 && !f.Optional {
				continue
			}
		} else if tree = encode(f, child); f.def != nil && tree.same(f.standard) {
			continue
		}
		n.Entries = append(n.Entries, Entry{Key: f.Name, Value: tree})
	}
	return n
}

// same reports whether two trees from encode are equal.
func (n *Node) same(o *Node) bool {
	if n.Kind != o.Kind || n.Value != o.Value || n.Quoted != o.Quoted || len(n.Entries) != len(o.Entries) || len(n.Items) != len(o.Items) {
		return false
	}
	for i, e := range n.Entries {
		if e.Key != o.Entries[i].Key || !e.Value.same(o.Entries[i].Value) {
			return false
		}
	}
	for i, item := range n.Items {
		if !item.same(o.Items[i]) {
			return false
		}
	}
	return true
}

func encodeScalar(f *Field, v reflect.Value) *Node {
	switch f.Type {
	case Text:
		return TextNode(v.String())
	case Number:
		return NumberNode(v.Float())
	case Integer:
		for _, w := range f.Words {
			if v.CanInt() && v.Int() == w.Value {
				return TextNode(w.Text)
			}
		}
	}
	return &Node{Value: fmt.Sprint(v.Interface()), plain: true} // a whole number, true or false
}

func encodeScalars(values map[string]any) *Node {
	n := &Node{Kind: Mapping}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		value := &Node{Value: fmt.Sprint(values[key])}
		switch v := values[key].(type) {
		case float64:
			value.Value = number(v)
		case string:
			value = TextNode(v)
		}
		n.Entries = append(n.Entries, Entry{Key: key, Value: value})
	}
	return n
}

// plainText is text that needs no quotes in any version of YAML.
var (
	plainText = regexp.MustCompile(`^[A-Za-z_/][A-Za-z0-9_./-]*$`)
	reserved  = regexp.MustCompile(`^(?i:null|true|false|yes|no|on|off)$`)
)

// TextNode returns a scalar that is text, in quotes where it needs them.
func TextNode(text string) *Node {
	return &Node{Value: text, Quoted: !plainText.MatchString(text) || reserved.MatchString(text)}
}

// NumberNode returns a scalar that is a finite number: the shortest text that
// reads back as v.
func NumberNode(v float64) *Node {
	return &Node{Value: number(v), plain: !math.IsInf(v, 0) && !math.IsNaN(v)}
}

// yaml converts the tree for the YAML library. Lists of scalars, and sections
// within lists, take one line.
func (n *Node) yaml(inList bool) *yaml.Node {
	switch n.Kind {
	case Mapping:
		out := &yaml.Node{Kind: yaml.MappingNode}
		if inList || len(n.Entries) == 0 {
			out.Style = yaml.FlowStyle
		}
		for _, e := range n.Entries {
			out.Content = append(out.Content, TextNode(e.Key).yaml(false), e.Value.yaml(false))
		}
		return out
	case Sequence:
		out := &yaml.Node{Kind: yaml.SequenceNode}
		if len(n.Items) == 0 || n.Items[0].Kind != Mapping {
			out.Style = yaml.FlowStyle
		}
		for _, item := range n.Items {
			out.Content = append(out.Content, item.yaml(true))
		}
		return out
	}
	out := &yaml.Node{Kind: yaml.ScalarNode, Value: n.Value}
	if n.Quoted {
		out.Style, out.Tag = yaml.DoubleQuotedStyle, "!!str"
	}
	return out
}

// MarshalYAML lets the YAML library write the tree.
func (n *Node) MarshalYAML() (any, error) { return n.yaml(false), nil }

// MarshalJSON writes the tree as JSON, keys in the order of the tree. A tree
// from Encode becomes JSON that Parse reads as the same tree.
func (n *Node) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	n.json(&out)
	return out.Bytes(), nil
}

// Canonical returns the tree of Encode or Changed as JSON that is the same for
// equal trees: the keys of every mapping sorted, and no character escaped that JSON
// can have as it is.
func (n *Node) Canonical() json.RawMessage {
	var out bytes.Buffer
	n.canonical(&out)
	return out.Bytes()
}

func (n *Node) canonical(out *bytes.Buffer) {
	switch n.Kind {
	case Mapping:
		entries := slices.SortedFunc(slices.Values(n.Entries), func(a, b Entry) int { return cmp.Compare(a.Key, b.Key) })
		for i, e := range entries {
			out.WriteByte("{,"[min(i, 1)])
			canonicalText(out, e.Key)
			out.WriteByte(':')
			e.Value.canonical(out)
		}
		if len(entries) == 0 {
			out.WriteByte('{')
		}
		out.WriteByte('}')
	case Sequence:
		out.WriteByte('[')
		for i, item := range n.Items {
			if i > 0 {
				out.WriteByte(',')
			}
			item.canonical(out)
		}
		out.WriteByte(']')
	default:
		if n.plain {
			out.WriteString(n.Value)
		} else {
			canonicalText(out, n.Value)
		}
	}
}

func canonicalText(out *bytes.Buffer, text string) {
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	_ = e.Encode(text) // of a string, to memory: it cannot fail
	out.Truncate(out.Len() - 1)
}

func (n *Node) json(out *bytes.Buffer) {
	switch n.Kind {
	case Mapping:
		out.WriteByte('{')
		for i, e := range n.Entries {
			if i > 0 {
				out.WriteByte(',')
			}
			out.WriteString(jsonText(e.Key))
			out.WriteByte(':')
			e.Value.json(out)
		}
		out.WriteByte('}')
	case Sequence:
		out.WriteByte('[')
		for i, item := range n.Items {
			if i > 0 {
				out.WriteByte(',')
			}
			item.json(out)
		}
		out.WriteByte(']')
	default:
		out.WriteString(n.jsonScalar())
	}
}

func (n *Node) jsonScalar() string {
	switch {
	case n.plain:
		return n.Value
	case n.IsNull():
		return "null"
	case !isText(n) && json.Valid([]byte(n.Value)):
		return n.Value
	}
	return jsonText(n.Value)
}

func jsonText(text string) string {
	quoted, _ := json.Marshal(text) // of a string: it cannot fail
	return string(quoted)
}
