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

	blocks []block
	root   *yamlpos.Node // as written, with what --set set
	fields []yamlpos.Field
	points []Point
}

// node returns the resolved spec, sweep and report included.
func (f *File) node() *yamlpos.Node {
	d := f.Base.document()
	d.Sweep = sweepNode(f.blocks)
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
// keys nor comments, what is extended, or how a number is written matter; nor
// does dataset.path: data are told apart by their content.
func (f *File) Hash() string {
	tree, _ := f.node().Drop("dataset.path")
	sum := hashOf(sorted(tree))
	return hex.EncodeToString(sum[:])
}

// sorted returns the tree with the keys of every mapping in order.
func sorted(n *yamlpos.Node) *yamlpos.Node {
	copied := *n
	copied.Entries, copied.Items = slices.Clone(n.Entries), slices.Clone(n.Items)
	for i, e := range copied.Entries {
		copied.Entries[i].Value = sorted(e.Value)
	}
	for i, item := range copied.Items {
		copied.Items[i] = sorted(item)
	}
	slices.SortFunc(copied.Entries, func(a, b yamlpos.Entry) int { return cmp.Compare(a.Key, b.Key) })
	return &copied
}

// Place returns where a key is written, or the nearest key above it that is.
func (f *File) Place(key string) yamlpos.Pos { return f.root.Place(key) }
