// Package yamlpos decodes YAML strictly into tagged structs and reports every
// error at once, each with its place, the key's path and what was expected:
//
//	spec.yaml:9:21: problem.missing_fraction: got 1.5; expected a number in [0, 1)
//
// Only the tags of a struct's fields define a format. Fields lists them, Decoder
// checks them and Encode writes them.
//
//	spec      the key; a field without this tag is not part of the format
//	default   YAML text used if the key is absent
//	range     "[0,1)", "(0,inf)": bounds of a number, or of each number of a list
//	enum      "a|b": the words that a text may be; "@set" takes them from Decoder.Names
//	words     "all=-1": a word that stands for a whole number, even one outside the range
//	required  "true": the key must be there
//	oneof     "true": a section of pointers, exactly one of which is given
//	file      "true": the text is the path of a file
//	why       the reason for the range's limits, for messages
//	example   YAML text for help, for a key without a default
//	doc, unit for help
//
// Field types are bool, string, whole numbers, floats, lists of these, structs
// (sections), pointers (optional keys), map[string]any (any keys, each with a float64,
// bool or string) and *Node (decoded by the caller). The fields of an embedded struct
// are keys of the struct that embeds it.
//
// Numbers are written as in JSON. The octals, sexagesimals, underscores, yes and no of
// YAML 1.1 are refused, so that no value is taken for something its author did not mean.
package yamlpos
