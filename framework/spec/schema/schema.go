// Package schema describes the format of specs for editors and for people, from
// the same tagged definitions that specs are decoded with: a JSON Schema and a
// reference in Markdown.
package schema

import (
	"encoding/json"
	"maps"

	"sedlab/framework/spec"
	"sedlab/internal/yamlpos"
)

// object is a JSON object; encoding/json writes its keys in order.
type object = map[string]any

// Schema is a JSON Schema of draft 2020-12. It marshals to JSON.
type Schema struct{ root object }

// New returns the schema of specs that can name what opt lists. A spec that it
// refuses has errors, and it finds those of single keys; what does not fit
// together between keys only sedlab check finds.
func New(opt spec.Options) *Schema {
	b := &builder{opt: opt, names: opt.Names(), defs: object{}}
	root := b.section(spec.Fields())
	properties := root["properties"].(object)
	properties["name"].(object)["pattern"] = spec.NamePattern
	properties["extends"] = described(spec.Fields(), "extends", oneOrMore(object{"type": "string", "minLength": 1}))
	properties["unset"] = described(spec.Fields(), "unset", oneOrMore(object{"type": "string", "minLength": 1}))
	properties["priors"] = described(spec.Fields(), "priors", b.priors())
	properties["sweep"] = described(spec.Fields(), "sweep", b.sweep())
	properties["report"] = described(spec.Fields(), "report", object{"type": "array", "items": b.figure()})
	maps.Copy(root, object{
		"$schema":     "https://json-schema.org/draft/2020-12/schema",
		"title":       "sedlab spec",
		"description": "An experiment on inverse problems for galaxy spectra, as sedlab runs it.",
		// A spec that extends another inherits what it does not write.
		"if":    object{"not": object{"required": []string{"extends"}}},
		"then":  b.complete(spec.Fields()),
		"$defs": b.defs,
	})
	return &Schema{root}
}

// MarshalJSON returns the schema.
func (s *Schema) MarshalJSON() ([]byte, error) { return json.Marshal(s.root) }

// builder makes the parts of a schema.
type builder struct {
	opt   spec.Options
	names map[string][]string
	defs  object
}

// section returns the schema of a section, whose keys may all be left out.
func (b *builder) section(fields []yamlpos.Field) object {
	properties := object{}
	for _, f := range fields {
		properties[f.Name] = b.field(f)
	}
	return object{"type": "object", "properties": properties, "additionalProperties": false}
}

// complete returns what a spec that extends none must have.
func (b *builder) complete(fields []yamlpos.Field) object {
	var required []string
	properties := object{}
	for _, f := range fields {
		below := b.complete(f.Fields)
		_, needed := below["required"]
		if needed && !f.Optional {
			properties[f.Name] = below
		}
		if f.Required || needed && !f.Optional {
			required = append(required, f.Name)
		}
		if f.Name == "priors" {
			properties[f.Name] = object{"additionalProperties": object{"required": []string{"kind"}}}
		}
	}
	all := object{}
	if len(required) > 0 {
		all["required"] = required
	}
	if len(properties) > 0 {
		all["properties"] = properties
	}
	return all
}

// priors returns the schema of the priors, told apart by their kind. One that
// extends another may leave its kind to that.
func (b *builder) priors() object {
	var byKind, choices []object
	for _, k := range b.opt.Kinds {
		section := b.section(spec.KindFields(k))
		section["properties"].(object)["kind"] = object{"const": k.Name, "description": k.Doc}
		section["description"] = k.Doc
		b.defs["prior."+k.Name] = section
		byKind = append(byKind, object{"if": has("kind", k.Name), "then": ref("prior." + k.Name)})
		choices = append(choices, ref("prior."+k.Name))
	}
	byKind = append(byKind, object{"if": object{"not": object{"required": []string{"kind"}}}, "then": object{"anyOf": choices}})
	prior := object{
		"type": "object", "allOf": byKind,
		"properties": object{"kind": object{"enum": b.names["kinds"], "description": "kind of prior"}},
	}
	return object{
		"type": "object", "minProperties": 1, "maxProperties": 100,
		"propertyNames": object{"pattern": spec.NamePattern}, "additionalProperties": prior,
	}
}

// figure returns the schema of a figure, told apart by its kind.
func (b *builder) figure() object {
	var byKind []object
	for _, k := range b.opt.Figures {
		fields := yamlpos.Fields(k.New())
		section := b.section(fields)
		section["properties"].(object)["figure"] = object{"const": k.Name, "description": k.Doc}
		maps.Copy(section, b.complete(fields)) // its properties are all without keys of their own
		b.defs["figure."+k.Name] = section
		byKind = append(byKind, object{"if": has("figure", k.Name), "then": ref("figure." + k.Name)})
	}
	return object{
		"type": "object", "required": []string{"figure"}, "allOf": byKind,
		"properties": object{"figure": object{"enum": b.names["figures"], "description": "kind of figure"}},
	}
}

func has(key, value string) object {
	return object{"required": []string{key}, "properties": object{key: object{"const": value}}}
}

func ref(def string) object { return object{"$ref": "#/$defs/" + def} }

func oneOrMore(item object) object {
	return object{"anyOf": []object{item, {"type": "array", "items": item, "minItems": 1}}}
}

// described gives a schema the description of a field.
func described(fields []yamlpos.Field, path string, schema object) object {
	f, _ := yamlpos.Find(fields, path)
	schema["description"] = f.Doc
	return schema
}
