// Package yamlpos decodes YAML strictly into tagged structs and reports every
// error at once, each with its place, the key's path and what was expected:
//
//	spec.yaml:9:21: problem.missing_fraction: got 1.5; expected a number in [0, 1)
//
// The tags of a struct's fields are the only definition of a format: Fields
// walks the same ones that Decoder checks and Encode writes.
//
//	spec      the key; a field without this tag is not part of the format
//	default   YAML text that stands in when the key is absent
//	range     "[0,1)", "(0,inf)": what a number, or each number of a list, must lie in
//	enum      "a|b": the words that a text may be; "@set" takes them from Decoder.Names
//	words     "all=-1": words that stand for a whole number outside of the range
//	required  "true": the key must be there
//	oneof     "true": a section of pointers of which exactly one is given
//	file      "true": the text is the path of a file
//	why       why the range ends where it does
//	example   YAML text for people, of a key without a default
//	doc, unit for people
//
// Field types are bool, string, whole numbers, floats, lists of these, structs
// (sections), pointers (optional keys), map[string]any (keys of any name with a
// float64, bool or string each) and *Node (left to the caller). The fields of an
// embedded struct are keys of the struct that embeds it.
//
// Numbers are JSON's: YAML 1.1's octals, sexagesimals, underscores, yes and no
// are not read as something that their author did not mean.
package yamlpos
