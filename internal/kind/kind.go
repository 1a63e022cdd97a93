// Package kind defines the form shared by everything that a spec can name: sources,
// preprocessing steps, operators, priors, solvers and figures.
package kind

// Kind is one thing that a spec can name. Its config C is a pointer to a struct
// whose fields carry the tags of package yamlpos: they are at once its keys in a
// spec, their defaults, ranges and help.
type Kind[C any] struct {
	Name string // in a spec
	Doc  string // one sentence
	// Version is raised whenever a default changes, or the same config and inputs come
	// to give a different result. Cached results of other versions are not used.
	Version int
	New     func() C // an empty config, to be decoded into
}

// KeyError is a problem with one key of a config. Key is the path below the
// config's section, such as "train.epochs"; it is empty for the section itself.
type KeyError struct{ Key, Problem string }
