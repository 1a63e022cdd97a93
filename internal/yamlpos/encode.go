package yamlpos

import (
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Encode returns the tree of a tagged struct, or of a pointer to one: every field in
// order, with defaults written out and nil pointers left out. Decoding the tree gives
// an equal struct.
func Encode(v any) *Node {
	value := reflect.Indirect(reflect.ValueOf(v))
	return encode(&Field{Type: Section, Fields: typeFields(value.Type())}, value)
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

// Changed is like Encode, but leaves out fields that equal their defaults, and the
// paths of files. So neither a new field with a default nor a moved file changes the
// tree.
func Changed(v any) *Node {
	value := reflect.Indirect(reflect.ValueOf(v))
	return changed(typeFields(value.Type()), value)
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
		} else if tree = encode(f, child); f.def != nil && tree.equals(f.standard) {
			continue
		}
		n.Entries = append(n.Entries, Entry{Key: f.Name, Value: tree})
	}
	return n
}

// equals reports whether two trees from encode are equal.
func (n *Node) equals(o *Node) bool {
	if n.Kind != o.Kind || n.Value != o.Value || n.Quoted != o.Quoted || len(n.Entries) != len(o.Entries) || len(n.Items) != len(o.Items) {
		return false
	}
	for i, e := range n.Entries {
		if e.Key != o.Entries[i].Key || !e.Value.equals(o.Entries[i].Value) {
			return false
		}
	}
	for i, item := range n.Items {
		if !item.equals(o.Items[i]) {
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

// reserved are the words that YAML does not take for text, in any of its versions.
var reserved = []string{"null", "true", "false", "yes", "no", "on", "off"}

// plainText reports whether text needs no quotes in any version of YAML.
func plainText(text string) bool {
	for i := range len(text) {
		switch c := text[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c == '_', c == '/':
		case i > 0 && ('0' <= c && c <= '9' || c == '.' || c == '-'):
		default:
			return false
		}
	}
	return text != "" && !slices.ContainsFunc(reserved, func(word string) bool { return strings.EqualFold(word, text) })
}

// TextNode returns a scalar that is text, in quotes if it needs them.
func TextNode(text string) *Node {
	return &Node{Value: text, Quoted: !plainText(text)}
}

// NumberNode returns a scalar that is a number, as the shortest text that reads back
// as v.
func NumberNode(v float64) *Node {
	return &Node{Value: number(v), plain: !math.IsInf(v, 0) && !math.IsNaN(v)}
}

// yaml converts the tree for the YAML library. Lists of scalars take one line, and so
// do sections in lists.
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
