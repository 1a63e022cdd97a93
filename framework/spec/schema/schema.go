// Package schema describes the format of specs: a JSON Schema for editors and a reference
// in Markdown for people. Both come from the tagged definitions that decode specs.
package schema

import (
	"encoding/json"
	"maps"
	"slices"

	"sedlab/framework/spec"
	"sedlab/internal/yamlpos"
)

// object is a JSON object; encoding/json writes its keys in order.
type object = map[string]any

// Schema is a JSON Schema of draft 2020-12. It marshals to JSON.
type Schema struct{ root object }

// New returns the schema of specs with a catalogue. Every spec that it refuses has
// errors. It finds errors of single keys; only sedlab check finds keys that do not fit
// together.
func New(c spec.Catalog) *Schema {
	b := &builder{slots: c.Slots(), names: c.Names(), defs: object{}}
	root := b.section(spec.Fields())
	properties := root["properties"].(object)
	properties["name"].(object)["pattern"] = spec.NamePattern
	describe := func(key string, schema object) {
		f, _ := yamlpos.Find(spec.Fields(), key)
		schema["description"] = f.Doc
		properties[key] = schema
	}
	describe("extends", oneOrMore(object{"type": "string", "minLength": 1}))
	describe("unset", oneOrMore(object{"type": "string", "minLength": 1}))
	for _, s := range b.slots.Sections() {
		describe(s.Path, b.union(s))
	}
	for key, slot := range map[string]spec.Slot{"prepare": b.slots.Prepare, "preprocess": b.slots.Step} {
		list := object{"type": "array", "items": b.byKind(slot, key, true)}
		properties["dataset"].(object)["properties"].(object)[key] = list
	}
	describe("priors", b.priors())
	describe("sweep", b.sweep())
	describe("report", object{"type": "array", "items": b.byKind(b.slots.Figure, "figure", true)})
	maps.Copy(root, object{
		"$schema":     "https://json-schema.org/draft/2020-12/schema",
		"title":       "sedlab spec",
		"description": "An experiment on inverse problems for galaxy spectra, as sedlab runs it.",
		// A spec that extends another inherits what it does not write.
		"if":    object{"not": object{"required": []string{"extends"}}},
		"then":  b.complete(),
		"$defs": b.defs,
	})
	return &Schema{root}
}

// MarshalJSON returns the schema.
func (s *Schema) MarshalJSON() ([]byte, error) { return json.Marshal(s.root) }

// builder makes the parts of a schema.
type builder struct {
	slots spec.Slots
	names map[string][]string
	defs  object
}

// section returns the schema of a section whose keys are all optional.
func (b *builder) section(fields []yamlpos.Field) object {
	properties := object{}
	for _, f := range fields {
		properties[f.Name] = b.field(f)
	}
	return object{"type": "object", "properties": properties, "additionalProperties": false}
}

// union returns the schema of a section with the keys of all its kinds, because a sweep
// may choose any of them.
func (b *builder) union(s spec.Slot) object {
	properties := object{}
	for name, fields := range alternatives(s) {
		properties[name] = b.anyOf(fields)
	}
	return object{"type": "object", "properties": properties, "additionalProperties": false}
}

// anyOf returns the schema of a key that several kinds define.
func (b *builder) anyOf(fields []yamlpos.Field) object {
	var choices []object
	for _, f := range fields {
		choices = append(choices, b.field(f))
	}
	if len(choices) == 1 {
		return choices[0]
	}
	return object{"anyOf": choices}
}

// alternatives returns the distinct definitions of each key of a slot's section.
func alternatives(s spec.Slot) map[string][]yamlpos.Field {
	keys := map[string][]yamlpos.Field{s.Key.Name: {s.Key}}
	add := func(f yamlpos.Field) {
		same := func(g yamlpos.Field) bool { return g.Doc == f.Doc && g.Default == f.Default && g.Allows(f) }
		if !slices.ContainsFunc(keys[f.Name], same) {
			keys[f.Name] = append(keys[f.Name], f)
		}
	}
	for _, k := range s.Kinds {
		for _, f := range k.Fields {
			add(f)
		}
	}
	for _, f := range s.Fixed {
		add(f)
	}
	return keys
}

// complete returns the keys that a spec must have if it extends none.
func (b *builder) complete() object {
	properties, required := object{}, []string{}
	for _, f := range spec.Fields() {
		if f.Required {
			required = append(required, f.Name)
		}
	}
	for _, s := range b.slots.Sections() {
		if s.Key.Required {
			properties[s.Path] = object{"required": []string{s.Key.Name}}
			required = append(required, s.Path)
		}
	}
	properties["priors"] = object{"additionalProperties": object{"required": []string{b.slots.Prior.Key.Name}}}
	return object{"required": required, "properties": properties}
}

// priors returns the schema of the priors.
func (b *builder) priors() object {
	prior := b.byKind(b.slots.Prior, "prior", false)
	for _, k := range b.slots.Prior.Kinds {
		b.defs["prior."+k.Name].(object)["properties"].(object)["solver"] = b.union(b.slots.Solver)
	}
	return object{
		"type": "object", "minProperties": 1, "maxProperties": 100,
		"propertyNames": object{"pattern": spec.NamePattern}, "additionalProperties": prior,
	}
}

// byKind returns the schema of a section whose kind no sweep changes, with the keys of
// that kind only. Unless required is set, the kind may be left to an extended spec.
func (b *builder) byKind(s spec.Slot, name string, required bool) object {
	var kinds, choices []object
	key := s.Key.Name
	for _, k := range s.Kinds {
		section := b.section(slices.Concat(k.Fields, s.Fixed))
		section["properties"].(object)[key] = object{"const": k.Name, "description": k.Doc}
		section["description"] = k.Doc
		if needed := requiredOf(k.Fields); required && len(needed) > 0 {
			section["required"] = needed
		}
		b.defs[name+"."+k.Name] = section
		kinds = append(kinds, object{"if": has(key, k.Name), "then": ref(name + "." + k.Name)})
		choices = append(choices, ref(name+"."+k.Name))
	}
	schema := object{"type": "object", "properties": object{key: b.field(s.Key)}}
	if required {
		schema["required"] = []string{key}
	} else {
		kinds = append(kinds, object{"if": object{"not": object{"required": []string{key}}}, "then": object{"anyOf": choices}})
	}
	schema["allOf"] = kinds
	return schema
}

func requiredOf(fields []yamlpos.Field) (names []string) {
	for _, f := range fields {
		if f.Required {
			names = append(names, f.Name)
		}
	}
	return names
}

func has(key, value string) object {
	return object{"required": []string{key}, "properties": object{key: object{"const": value}}}
}

func ref(def string) object { return object{"$ref": "#/$defs/" + def} }

func oneOrMore(item object) object {
	return object{"anyOf": []object{item, {"type": "array", "items": item, "minItems": 1}}}
}
