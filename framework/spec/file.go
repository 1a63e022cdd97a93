package spec

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"slices"

	"gopkg.in/yaml.v3"

	"sedlab/internal/yamlpos"
)

// File is a spec with its sweep: everything that a run depends on. Everything
// in it has been checked.
type File struct {
	Header
	Filename string
	Base     *Spec
	Blocks   []Block

	root   *yamlpos.Node // as written, with what --set set
	fields []yamlpos.Field
	points []Point
}

// node returns the resolved spec, sweep and report included.
func (f *File) node() *yamlpos.Node {
	d := f.Base.document()
	d.Sweep = sweepNode(f.Blocks)
	return yamlpos.Encode(d)
}

// YAML returns the resolved spec: every default filled in, sweep and report
// kept, under the file's own header. Parsing it gives an equal File.
func (f *File) YAML() ([]byte, error) {
	var out bytes.Buffer
	out.WriteString(f.Comment)
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(f.node()); err != nil {
		return nil, err
	}
	return out.Bytes(), encoder.Close()
}

// Hash returns the SHA-256, in hex, of the resolved spec. Neither the order of
// keys nor comments nor how a number is written matter.
func (f *File) Hash() string {
	tree := f.node()
	tree = tree.WithChild("priors", sorted(tree.Child("priors")))
	if sweep := tree.Child("sweep"); sweep != nil {
		blocks := *sweep
		blocks.Items = nil
		for _, block := range sweep.Items {
			blocks.Items = append(blocks.Items, sorted(block))
		}
		tree = tree.WithChild("sweep", sorted(&blocks))
	}
	sum := hashOf(tree)
	return hex.EncodeToString(sum[:])
}

// sorted returns a mapping with its keys in order.
func sorted(n *yamlpos.Node) *yamlpos.Node {
	copied := *n
	copied.Entries = slices.Clone(n.Entries)
	slices.SortFunc(copied.Entries, func(a, b yamlpos.Entry) int { return cmp.Compare(a.Key, b.Key) })
	return &copied
}

// Place returns where a key is written, or the nearest key above it that is.
func (f *File) Place(key string) yamlpos.Pos { return f.root.Place(key) }

// Setting is one key of a resolved spec.
type Setting struct {
	Key   string
	Value string // JSON; of a swept key, the value that the sweep replaces
	Field yamlpos.Field
	From  yamlpos.Pos // where it was written; empty for a default
	Swept bool
}

// Settings returns every key that holds a value, and where the value is from.
func (f *File) Settings() []Setting {
	tree := f.Base.node()
	var list []Setting
	for _, key := range yamlpos.Paths(f.fields, "") {
		field, _ := yamlpos.Find(f.fields, key)
		n := tree.Get(key)
		if n == nil || n.Kind == yamlpos.Mapping || field.Type == yamlpos.Raw {
			continue
		}
		s := Setting{Key: key, Value: jsonOf(n), Field: field, Swept: slices.Contains(f.SweptKeys(), key)}
		if written := f.root.Get(key); written != nil {
			s.From = written.Pos
		}
		list = append(list, s)
	}
	return list
}
