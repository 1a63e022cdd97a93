package spec

import "sedlab/internal/yamlpos"

// All JSON of a spec is made from the tags of its fields, in their order and
// with every default filled in, so that equal sections have equal JSON. It is
// what hashes are taken of.

// MarshalJSON returns JSON that Parse reads as the same spec.
func (s *Spec) MarshalJSON() ([]byte, error) { return s.node().MarshalJSON() }

// MarshalJSON returns the prior's kind and config without its name: what its
// training depends on.
func (p Prior) MarshalJSON() ([]byte, error) { return p.node().MarshalJSON() }

// MarshalJSON returns the section as JSON.
func (d Dataset) MarshalJSON() ([]byte, error) { return yamlpos.Encode(d).MarshalJSON() }

// MarshalJSON returns the section as JSON.
func (c Corrupt) MarshalJSON() ([]byte, error) { return yamlpos.Encode(c).MarshalJSON() }

// MarshalJSON returns the section as JSON.
func (p Problem) MarshalJSON() ([]byte, error) { return yamlpos.Encode(p).MarshalJSON() }

// MarshalJSON returns the section as JSON.
func (s Solver) MarshalJSON() ([]byte, error) { return yamlpos.Encode(s).MarshalJSON() }

// MarshalJSON returns the section as JSON.
func (e Evaluate) MarshalJSON() ([]byte, error) { return yamlpos.Encode(e).MarshalJSON() }

// MarshalJSON returns the resolved spec, sweep and report included, as JSON
// that Parse reads as an equal File, but for the header.
func (f *File) MarshalJSON() ([]byte, error) { return f.node().MarshalJSON() }
