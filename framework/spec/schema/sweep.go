package schema

import (
	"maps"
	"regexp"
	"strings"

	"sedlab/framework/spec"
	"sedlab/internal/yamlpos"
)

// sweep returns the schema of a sweep: a block, or a list of blocks.
func (b *builder) sweep() object {
	b.defs["range"] = b.rangeOf()
	b.defs["distribution"] = b.distribution()
	keys := b.sweepable()
	block := b.each(keys, func(def string) object { return ref("values." + def) })
	maps.Copy(block["properties"].(object), object{
		"zip": b.each(keys, func(def string) object { return ref("values." + def) }),
		"points": object{
			"type": "array", "minItems": 1,
			"items": b.each(keys, func(def string) object { return ref("value." + def) }),
		},
		"random":  b.random(keys),
		"halving": b.halving(),
		"repeat": object{"anyOf": []object{
			{"type": "integer", "minimum": 1}, {"type": "array", "items": ref("value.seed"), "minItems": 1},
		}},
	})
	for word, doc := range spec.SweepWords() {
		block["properties"].(object)[word].(object)["description"] = doc
	}
	b.defs["block"] = block
	return oneOrMore(ref("block"))
}

// sweepable defines the values of every key that can be swept. It returns the names of
// the definitions by key; the keys of priors are patterns.
func (b *builder) sweepable() map[string][]string {
	keys := map[string][]string{}
	add := func(key, def string, f yamlpos.Field) {
		value := b.field(f)
		delete(value, "default")
		b.defs["value."+def] = value
		b.defs["values."+def] = values(f, ref("value."+def))
		keys[key] = append(keys[key], def)
	}
	for path, f := range leaves(spec.Fields(), "") {
		if path != "name" && !strings.HasPrefix(path, "select.") {
			add(path, path, f)
		}
	}
	for _, s := range b.slots.Sections() {
		for path, f := range b.choices(s) {
			add(s.Path+"."+path, s.Path+"."+path, f)
		}
	}
	prior := func(path string) string {
		return `^priors\.` + strings.Trim(spec.NamePattern, "^$") + `\.` + regexp.QuoteMeta(path) + "$"
	}
	for _, k := range b.slots.Prior.Kinds {
		for path, f := range leaves(k.Fields, "") {
			add(prior(path), "prior."+k.Name+"."+path, f)
		}
	}
	for path, f := range b.choices(b.slots.Solver) {
		add(prior("solver."+path), "prior.solver."+path, f)
	}
	return keys
}

// choices returns the keys of a slot's section that hold a value, by path. It allows all
// values of a key that kinds define differently; sedlab check is exact.
func (b *builder) choices(s spec.Slot) map[string]yamlpos.Field {
	list := map[string]yamlpos.Field{}
	for _, fields := range alternatives(s) {
		f := fields[0]
		for _, other := range fields[1:] {
			f = f.Loosen(other)
		}
		maps.Copy(list, leaves([]yamlpos.Field{f}, ""))
	}
	return list
}

// leaves returns the fields that hold a value, by path.
func leaves(fields []yamlpos.Field, below string) map[string]yamlpos.Field {
	list := map[string]yamlpos.Field{}
	for _, f := range fields {
		path := yamlpos.Join(below, f.Name)
		switch f.Type {
		case yamlpos.Section:
			maps.Copy(list, leaves(f.Fields, path))
		case yamlpos.Raw, yamlpos.Scalars:
		default:
			list[path] = f
		}
	}
	return list
}

// values returns the schema of the values of a swept key: a list, one value or a range.
func values(f yamlpos.Field, value object) object {
	choices := []object{{"type": "array", "items": value, "minItems": 1}}
	if !f.List {
		choices = append(choices, value)
	}
	if !f.List && (f.Type == yamlpos.Number || f.Type == yamlpos.Integer) {
		choices = append(choices, ref("range"))
	}
	return object{"anyOf": choices}
}

// each returns the schema of a section of swept keys, made from the definitions of each
// key. A key of priors may have one for each of several kinds.
func (b *builder) each(keys map[string][]string, schema func(def string) object) object {
	properties, patterns := object{}, object{}
	for key, defs := range keys {
		var choices []object
		for _, def := range defs {
			choices = append(choices, schema(def))
		}
		values := object{"anyOf": choices}
		if len(choices) == 1 {
			values = choices[0]
		}
		if strings.HasPrefix(key, "^") {
			patterns[key] = values
		} else {
			properties[key] = values
		}
	}
	return object{"type": "object", "properties": properties, "patternProperties": patterns, "additionalProperties": false}
}

func (b *builder) halving() object {
	s := b.section(yamlpos.Fields(spec.Halving{}))
	s["required"] = []string{"resource", "from", "to"}
	return s
}

func (b *builder) rangeOf() object {
	s := b.section(yamlpos.Fields(spec.Range{}))
	s["required"] = []string{"from", "to"}
	s["oneOf"] = []object{{"required": []string{"step"}}, {"required": []string{"count"}}}
	return s
}

func (b *builder) distribution() object {
	s := b.section(yamlpos.Fields(spec.Distribution{}))
	for name, p := range s["properties"].(object) {
		if name == "choice" {
			p.(object)["type"], p.(object)["minItems"] = "array", 1
		} else {
			p.(object)["minItems"], p.(object)["maxItems"] = 2, 2
		}
	}
	s["minProperties"], s["maxProperties"] = 1, 1
	return s
}

func (b *builder) random(keys map[string][]string) object {
	s := b.section(yamlpos.Fields(spec.RandomSearch{}))
	s["required"] = []string{"count", "space"}
	space := b.each(keys, func(string) object { return ref("distribution") })
	space["minProperties"] = 1
	s["properties"].(object)["space"] = space
	return s
}
