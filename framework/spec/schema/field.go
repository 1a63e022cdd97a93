package schema

import (
	"encoding/json"
	"maps"
	"math"
	"strings"

	"sedlab/internal/yamlpos"
)

// field returns the schema of a key, with its description and default.
func (b *builder) field(f yamlpos.Field) object {
	s := b.value(f)
	if meaning := meaning(f); meaning != "" {
		s["description"] = meaning
	}
	if n := f.DefaultNode(); n != nil {
		s["default"] = n
	}
	if f.Example != "" {
		s["examples"] = []json.Marshaler{example(f)}
	}
	return s
}

// example returns the example of a field.
func example(f yamlpos.Field) *yamlpos.Node {
	var errs yamlpos.Errors
	return yamlpos.ParseValue(f.Example, "example", &errs)
}

// meaning returns a field's description with its unit and the reason for its range.
func meaning(f yamlpos.Field) string {
	text := f.Doc
	if f.Unit != "" {
		text += " [" + f.Unit + "]"
	}
	if f.Why != "" {
		text += "; " + f.Why
	}
	return text
}

// value returns the schema of a key's values.
func (b *builder) value(f yamlpos.Field) object {
	if f.List {
		f.List = false
		return object{"type": "array", "items": b.value(f)}
	}
	switch f.Type {
	case yamlpos.Section:
		s := b.section(f.Fields)
		if f.OneOf {
			s["minProperties"], s["maxProperties"] = 1, 1
		}
		return s
	case yamlpos.Scalars:
		return object{"type": "object", "additionalProperties": object{"type": []string{"number", "string", "boolean"}}}
	case yamlpos.Boolean:
		return object{"type": "boolean"}
	case yamlpos.Text:
		return b.text(f)
	case yamlpos.Raw:
		return object{}
	}
	return number(f)
}

func (b *builder) text(f yamlpos.Field) object {
	switch {
	case len(f.Enum) == 1 && strings.HasPrefix(f.Enum[0], "@"):
		return object{"enum": b.names[f.Enum[0][1:]]}
	case f.Enum != nil:
		return object{"enum": f.Enum}
	}
	return object{"type": "string"}
}

func number(f yamlpos.Field) object {
	s := object{"type": map[yamlpos.Type]string{yamlpos.Number: "number", yamlpos.Integer: "integer"}[f.Type]}
	maps.Copy(s, bounds(f.Range))
	if len(f.Words) == 0 {
		return s
	}
	choices := []object{s}
	for _, w := range f.Words {
		choices = append(choices, object{"const": w.Text})
	}
	return object{"anyOf": choices}
}

func bounds(r yamlpos.Interval) object {
	s := object{}
	if !math.IsInf(r.Lo, 0) {
		s[map[bool]string{true: "exclusiveMinimum", false: "minimum"}[r.LoOpen]] = r.Lo
	}
	if !math.IsInf(r.Hi, 0) {
		s[map[bool]string{true: "exclusiveMaximum", false: "maximum"}[r.HiOpen]] = r.Hi
	}
	return s
}
