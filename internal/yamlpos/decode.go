package yamlpos

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// maxList bounds the lists of a decoded struct.
const maxList = 1000

// Decoder decodes trees into tagged structs.
type Decoder struct {
	Names map[string][]string // what "@set" in an enum stands for
	Errs  *Errors             // collects everything that is wrong
	// Partial allows required keys to be missing, for when a file that may have them
	// could not be read.
	Partial bool
	// Path, if not nil, converts the path of a file, given where it is written. Empty
	// paths stay empty.
	Path func(path string, at Pos) (string, error)

	absences int // of required keys, where Partial allows them
}

// Decode sets the structs that targets point to from the section n at path, which may
// be nil. The keys of the section are the fields of all targets. Absent keys take their
// defaults. Decode adds every error to Errs and reports whether there was none, and no
// required key was missing. If not, the targets must not be used.
func (d *Decoder) Decode(n *Node, path string, targets ...any) bool {
	parts := make([]part, len(targets))
	for i, v := range targets {
		parts[i] = part{Fields(v), reflect.ValueOf(v).Elem()}
	}
	before := d.Errs.Added() + d.absences
	d.section(n, path, parts...)
	return d.Errs.Added()+d.absences == before
}

// DecodeFields is like Decode into one struct, with only the given fields as keys.
func (d *Decoder) DecodeFields(fields []Field, n *Node, path string, v any) bool {
	before := d.Errs.Added() + d.absences
	d.section(n, path, part{fields, reflect.ValueOf(v).Elem()})
	return d.Errs.Added()+d.absences == before
}

// part is a struct to decode into, and the fields of it that are keys.
type part struct {
	fields []Field
	dst    reflect.Value
}

// Value checks one value of a field. It returns the value as Encode would write it,
// with the places of n.
func (d *Decoder) Value(f Field, n *Node, path string) *Node {
	dst := reflect.New(f.typ).Elem()
	d.value(&f, n, path, dst)
	encoded := encode(&f, dst)
	encoded.copyPlaces(n)
	return encoded
}

// copyPlaces copies to n the places of a node with the same shape.
func (n *Node) copyPlaces(from *Node) {
	n.Pos = from.Pos
	for i, item := range n.Items {
		item.copyPlaces(from.Items[i])
	}
}

func (d *Decoder) value(f *Field, n *Node, path string, dst reflect.Value) {
	if f.Type == Raw {
		dst.Set(reflect.ValueOf(n))
		return
	}
	if dst.Kind() == reflect.Pointer {
		dst.Set(reflect.New(dst.Type().Elem()))
		dst = dst.Elem()
	}
	switch {
	case f.List:
		d.list(f, n, path, dst)
	case f.Type == Section:
		d.section(n, path, part{f.Fields, dst})
	case f.Type == Scalars:
		d.scalars(f, n, path, dst)
	default:
		d.scalar(f, n, path, dst)
	}
}

func (d *Decoder) scalar(f *Field, n *Node, path string, dst reflect.Value) {
	enum := d.enum(f)
	if n.Kind == Scalar && f.setScalar(n, enum, dst) {
		d.convertPath(f, n, path, dst)
		return
	}
	expected := "expected " + d.expected(f, false) + f.hint(n) + f.reason(n)
	if near := Near(n.Value, enum); near != "" {
		expected = fmt.Sprintf("did you mean %q?", near)
	}
	d.Errs.Add(n.Pos, path, "%s; %s", n.Got(), expected)
}

// convertPath applies d.Path to the path of a file.
func (d *Decoder) convertPath(f *Field, n *Node, path string, dst reflect.Value) {
	if !f.File || d.Path == nil || dst.String() == "" {
		return
	}
	p, err := d.Path(dst.String(), n.Pos)
	if err != nil {
		d.Errs.Add(n.Pos, path, "%v", err)
	}
	dst.SetString(p)
}

func (d *Decoder) list(f *Field, n *Node, path string, dst reflect.Value) {
	if n.Kind != Sequence {
		d.Errs.Add(n.Pos, path, "%s; expected %s", n.Got(), d.expected(f, true))
		return
	}
	if len(n.Items) > maxList {
		d.Errs.Add(n.Pos, path, "has %d elements; expected at most %d", len(n.Items), maxList)
		return
	}
	dst.Set(reflect.MakeSlice(dst.Type(), len(n.Items), len(n.Items)))
	enum := d.enum(f)
	for i, item := range n.Items {
		if f.File || item.Kind != Scalar || !f.setScalar(item, enum, dst.Index(i)) {
			d.scalar(f, item, fmt.Sprintf("%s[%d]", path, i), dst.Index(i))
		}
	}
}

func (d *Decoder) scalars(f *Field, n *Node, path string, dst reflect.Value) {
	if n.Kind != Mapping {
		d.Errs.Add(n.Pos, path, "%s; expected %s", n.Got(), d.expected(f, false))
		return
	}
	values := map[string]any{}
	for _, e := range n.Entries {
		if v, ok := e.Value.Scalar(); ok {
			values[e.Key] = v
		} else {
			d.Errs.Add(e.Value.Pos, Join(path, e.Key), "%s; expected a number, text, true or false", e.Value.Got())
		}
	}
	dst.Set(reflect.ValueOf(values))
}

func (d *Decoder) section(n *Node, path string, parts ...part) {
	if n == nil {
		n = &Node{Kind: Mapping}
	}
	if n.Kind != Mapping {
		d.Errs.Add(n.Pos, path, "%s; expected a section with the keys %s", n.Got(), strings.Join(Names(allFields(parts)), ", "))
		return
	}
	for _, e := range n.Entries {
		if d.Errs.Full() {
			return
		}
		if !slices.ContainsFunc(parts, func(p part) bool { return Has(p.fields, e.Key) }) {
			d.Errs.Add(e.Pos, Join(path, e.Key), "unknown key; %s", InsteadOfKey(allFields(parts), e))
		}
	}
	for _, p := range parts {
		for i := range p.fields {
			field := &p.fields[i]
			d.key(field, n, Join(path, field.Name), p.dst.FieldByIndex(field.index))
		}
	}
}

// key decodes one key of a section.
func (d *Decoder) key(f *Field, section *Node, path string, dst reflect.Value) {
	child := section.Child(f.Name)
	if child == nil {
		d.absent(f, section.Pos, path, dst)
		return
	}
	d.value(f, child, path, dst)
	if !f.OneOf || child.Kind != Mapping {
		return
	}
	given := 0
	for _, e := range child.Entries {
		if Has(f.Fields, e.Key) {
			given++
		}
	}
	if given != 1 {
		d.Errs.Add(child.Pos, path, "has %d of %s; expected exactly one", given, strings.Join(Names(f.Fields), ", "))
	}
}

func allFields(parts []part) (fields []Field) {
	for _, p := range parts {
		fields = append(fields, p.fields...)
	}
	return fields
}

// absent sets a field to its default, because its key is not written.
func (d *Decoder) absent(f *Field, section Pos, path string, dst reflect.Value) {
	switch {
	case f.Required && d.Partial:
		d.absences++
	case f.Required:
		d.Errs.Add(section, path, "missing; expected %s", d.expected(f, f.List))
	case f.def != nil:
		d.value(f, f.def, path, dst)
	case f.Type == Section && !f.Optional:
		d.section(&Node{Kind: Mapping, Pos: section}, path, part{f.Fields, dst})
	}
}

// enum returns the words that a text may be, or nil if it may be any.
func (d *Decoder) enum(f *Field) []string {
	if len(f.Enum) == 1 && strings.HasPrefix(f.Enum[0], "@") {
		return d.Names[f.Enum[0][1:]]
	}
	return f.Enum
}

// expected says what a field's value should be: the whole list, or one element.
func (d *Decoder) expected(f *Field, list bool) string {
	enum := d.enum(f)
	switch {
	case list:
		return "a list of " + strings.TrimSpace(plural[f.Type]+" "+f.Range.String())
	case enum != nil:
		return "one of " + strings.Join(enum, ", ")
	case f.Type == Section:
		return "a section with the keys " + strings.Join(Names(f.Fields), ", ")
	case f.Type == Scalars:
		return "a section of keys with a value each"
	case f.Type == Raw:
		return f.Doc
	case f.Type == Boolean:
		return string(Boolean)
	case f.Type == Text:
		return string(Text)
	}
	text := strings.TrimSpace("a " + string(f.Type) + " " + f.Range.String())
	for _, w := range f.Words {
		text += ", or " + w.Text
	}
	return text
}

var plural = map[Type]string{
	Text: "texts", Number: "numbers", Integer: "whole numbers", Boolean: "true and false",
}
