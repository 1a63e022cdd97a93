package yamlpos

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Type is the type of a field's values.
type Type string

// The types of a field; for a list, of its elements.
const (
	Text    Type = "text"
	Number  Type = "number"
	Integer Type = "whole number"
	Boolean Type = "true or false"
	Section Type = "section" // has fields of its own
	Scalars Type = "keys and values"
	Raw     Type = "raw" // decoded by the caller
)

// Field is one key of a format, as the tags of a struct's field define it.
type Field struct {
	Name     string // last word of the key
	Type     Type
	List     bool
	Optional bool     // stays nil if left out
	Default  string   // YAML text; "" for a section, whose fields have their own
	Range    Interval // of numbers
	Enum     []string // of texts; one word "@set" for a set in Decoder.Names
	Words    []Word   // of whole numbers
	Required bool
	OneOf    bool // exactly one of Fields is given
	Doc      string
	Unit     string
	Why      string  // the reason for Range's limits
	Example  string  // YAML text, if there is no Default
	File     bool    // the value is the path of a file
	Names    string  // what a text names, such as a column; empty for any text
	Fields   []Field // of a section

	index    []int
	typ      reflect.Type
	def      *Node // Default, parsed
	standard *Node // Default, as Encode writes it
}

// DefaultNode returns the default as a tree, or nil if there is none.
func (f Field) DefaultNode() *Node { return f.def }

// Loosen merges f with another kind's definition of the same key. Unless both allow the
// same values, the result allows any value of f's type.
func (f Field) Loosen(other Field) Field {
	if !f.Allows(other) {
		f.Range, f.Enum, f.Words = everything, nil, nil
	}
	return f
}

// Allows reports whether two fields allow the same values.
func (f Field) Allows(other Field) bool {
	return f.Type == other.Type && f.List == other.List && f.Range == other.Range &&
		slices.Equal(f.Enum, other.Enum) && slices.Equal(f.Words, other.Words)
}

// Word is a word that stands for a whole number.
type Word struct {
	Text  string
	Value int64
}

// Fields returns the format that the tags of v, a struct or a pointer to one, define.
// It panics on tags that make no sense.
func Fields(v any) []Field {
	t := reflect.TypeOf(v)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return slices.Clip(typeFields(t)) // the fields of a type are kept, and others may be appended
}

// Names returns the names of fields.
func Names(fields []Field) []string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	return names
}

// Has reports whether one of the fields has a name.
func Has(fields []Field, name string) bool {
	return slices.ContainsFunc(fields, func(f Field) bool { return f.Name == name })
}

// Find returns the field at a dotted path.
func Find(fields []Field, path string) (Field, bool) {
	name, rest, more := strings.Cut(path, ".")
	for _, f := range fields {
		switch {
		case f.Name != name:
		case more:
			return Find(f.Fields, rest)
		default:
			return f, true
		}
	}
	return Field{}, false
}

// Paths returns the dotted paths of all fields, each section before its keys.
func Paths(fields []Field, below string) []string {
	var paths []string
	for _, f := range fields {
		path := Join(below, f.Name)
		paths = append(paths, path)
		paths = append(paths, Paths(f.Fields, path)...)
	}
	return paths
}

var definitions sync.Map // reflect.Type → []Field

func typeFields(t reflect.Type) []Field {
	if cached, ok := definitions.Load(t); ok {
		return cached.([]Field)
	}
	var fields []Field
	for _, sf := range reflect.VisibleFields(t) { // with those of embedded structs
		if name, ok := sf.Tag.Lookup("spec"); ok {
			fields = append(fields, newField(name, sf))
		}
	}
	definitions.Store(t, fields)
	return fields
}

var (
	nodeType    = reflect.TypeFor[*Node]()
	scalarsType = reflect.TypeFor[map[string]any]()
)

func newField(name string, sf reflect.StructField) Field {
	f := Field{
		Name: name, index: sf.Index, typ: sf.Type, Range: everything,
		Default:  sf.Tag.Get("default"),
		Required: sf.Tag.Get("required") == "true",
		OneOf:    sf.Tag.Get("oneof") == "true",
		File:     sf.Tag.Get("file") == "true",
		Names:    sf.Tag.Get("names"),
		Doc:      sf.Tag.Get("doc"),
		Unit:     sf.Tag.Get("unit"),
		Why:      sf.Tag.Get("why"),
		Example:  sf.Tag.Get("example"),
	}
	fail := func(err error) {
		if err != nil {
			panic(fmt.Sprintf("yamlpos: field %s: %v", sf.Name, err))
		}
	}
	f.setType(sf)
	var err error
	if text := sf.Tag.Get("range"); text != "" {
		f.Range, err = ParseInterval(text)
		fail(err)
	}
	if text := sf.Tag.Get("enum"); text != "" {
		f.Enum = strings.Split(text, "|")
	}
	if text := sf.Tag.Get("words"); text != "" {
		word, value, _ := strings.Cut(text, "=")
		v, err := strconv.ParseInt(value, 10, 64)
		fail(err)
		f.Words = []Word{{Text: word, Value: v}}
	}
	if f.Default != "" {
		var errs Errors
		f.def = ParseValue(f.Default, "default", &errs)
		d := Decoder{Errs: &errs}
		f.standard = d.Value(f, f.def, name)
		fail(errs.Err())
	}
	return f
}

// Choice returns the field of a key whose value is one of words. If the key is not
// required, the first word is its default. The value is decoded into the first field
// of a struct, which must be a string.
func Choice(name, doc string, words []string, required bool) Field {
	f := Field{
		Name: name, Type: Text, Doc: doc, Enum: words, Range: everything, Required: required,
		index: []int{0}, typ: reflect.TypeFor[string](),
	}
	if !required && len(words) > 0 {
		f.Default, f.def, f.standard = words[0], TextNode(words[0]), TextNode(words[0])
	}
	return f
}

// setType sets the properties that follow from the Go type.
func (f *Field) setType(sf reflect.StructField) {
	t := sf.Type
	switch t {
	case nodeType:
		f.Type, f.Optional = Raw, !f.Required
		return
	case scalarsType:
		f.Type, f.Optional = Scalars, true
		return
	}
	if t.Kind() == reflect.Pointer {
		f.Optional, t = true, t.Elem()
	}
	if t.Kind() == reflect.Slice {
		f.List, t = true, t.Elem()
	}
	switch k := t.Kind(); {
	case k == reflect.Bool:
		f.Type = Boolean
	case k == reflect.String:
		f.Type = Text
	case k >= reflect.Int && k <= reflect.Uint64:
		f.Type = Integer
	case k == reflect.Float32 || k == reflect.Float64:
		f.Type = Number
	case k == reflect.Struct && !f.List:
		f.Type, f.Fields = Section, typeFields(t)
	default:
		panic(fmt.Sprintf("yamlpos: field %s: type %s is not part of any format", sf.Name, sf.Type))
	}
}
