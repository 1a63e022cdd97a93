package spec

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"sedlab/internal/yamlpos"
)

// File is a spec with its sweep: everything that a run depends on, and all of it checked.
type File struct {
	Header
	Filename string
	Base     *Spec

	blocks []block
	root   *yamlpos.Node // as written, with all edits
	slots  Slots
	fields []yamlpos.Field // of the base and all points
	points []Point
	later  *later // makes the points, with Options.Later

	undrawn []string
}

// node returns the resolved spec, sweep and report included.
func (f *File) node() *yamlpos.Node {
	base := f.withoutOwnDefaults(f.Base.node(f.root))
	n := &yamlpos.Node{Kind: yamlpos.Mapping}
	for _, field := range yamlpos.Fields(document{}) {
		value := base.Child(field.Name)
		if field.Name == "sweep" {
			value = sweepNode(f.blocks)
		}
		if value != nil {
			n.Add(field.Name, value)
		}
	}
	return n
}

// withoutOwnDefaults returns a resolved tree without those defaults that other kinds, which the
// sweep chooses, do not share: where they are chosen, the key has their default.
func (f *File) withoutOwnDefaults(tree *yamlpos.Node) *yamlpos.Node {
	for _, s := range f.slots.all(f.root) {
		swept := s.sweptKinds(f.root.Child("sweep"))
		for _, e := range asMapping(tree.Get(s.Path)).Entries {
			path := yamlpos.Join(s.Path, e.Key)
			differs := func(k Entry) bool { return yamlpos.Has(k.Fields, e.Key) && !isDefault(k, e) }
			if f.root.Get(path) == nil && slices.ContainsFunc(swept, differs) {
				tree, _ = tree.Drop(path)
			}
		}
	}
	return tree
}

// node returns the spec with every default filled in. It keeps keys of root that only
// points of a sweep have.
func (s *Spec) node(root *yamlpos.Node) *yamlpos.Node {
	n := &yamlpos.Node{Kind: yamlpos.Mapping}
	n.Add("name", yamlpos.TextNode(s.Name))
	n.Add("seed", &yamlpos.Node{Value: fmt.Sprint(s.Seed)})
	if own := yamlpos.Encode(s.seeds); len(own.Entries) > 0 {
		n.Add("seeds", own)
	}
	n.Add("dataset", withRest(s.Dataset.node(), root.Child("dataset")))
	n.Add("priors", priorList(s.Priors).node())
	n.Add("problem", withRest(s.Problem.node(), root.Child("problem")))
	n.Add("solver", withRest(s.Solver.node("method"), root.Child("solver")))
	n.Add("evaluate", yamlpos.Encode(s.Evaluate))
	if s.Select != nil {
		n.Add("select", yamlpos.Encode(s.Select))
	}
	if len(s.Report) > 0 {
		n.Add("report", reportNode(s.Report))
	}
	return n
}

// MarshalJSON returns JSON that Parse reads as the same spec.
func (s *Spec) MarshalJSON() ([]byte, error) { return s.node(nil).MarshalJSON() }

// withRest returns a section with the written keys that it lacks: those of kinds that
// only a sweep chooses.
func withRest(section, written *yamlpos.Node) *yamlpos.Node {
	for _, e := range asMapping(written).Entries {
		if section.Child(e.Key) == nil {
			section = section.WithChild(e.Key, normalized(e.Value))
		}
	}
	return section
}

// normalized returns a value with its numbers in their shortest form.
func normalized(n *yamlpos.Node) *yamlpos.Node {
	if v, ok := n.Scalar(); ok {
		if number, ok := v.(float64); ok {
			return yamlpos.NumberNode(number)
		}
	}
	copied := *n
	copied.Items = nil
	for _, item := range n.Items {
		copied.Items = append(copied.Items, normalized(item))
	}
	return &copied
}

// YAML returns the resolved spec: the file's header, then the spec with its sweep and
// report and every default filled in, but for those that differ between kinds that the sweep
// chooses. Parse reads it as an equal File.
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

// MarshalJSON returns the resolved spec, with its sweep and report, as JSON. Parse reads
// it as an equal File without a header.
func (f *File) MarshalJSON() ([]byte, error) { return f.node().MarshalJSON() }

// Hash returns the SHA-256 of the resolved spec, in hex. It does not depend on comments,
// on the order of keys, on how numbers are written or on what is extended, nor on the
// paths of files, because data are identified by their content.
func (f *File) Hash() string {
	tree := f.node()
	for _, path := range yamlpos.Paths(f.fields, "") {
		if field, _ := yamlpos.Find(f.fields, path); field.File {
			tree, _ = tree.Drop(path)
		}
	}
	sum := sha256.Sum256([]byte(jsonOf(sorted(tree))))
	return hex.EncodeToString(sum[:])
}

// sorted returns the tree with the keys of every mapping sorted.
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

// Place returns where a key is swept or written, or else the nearest written key above
// it.
func (f *File) Place(key string) yamlpos.Pos {
	for _, swept := range sweptKeys(f.root.Child("sweep")) {
		if swept.key == key {
			return swept.pos
		}
	}
	return f.root.Place(key)
}

// Header is the comment at the top of a spec, in the form
//
//	# Question: how does the error grow?
//	# Run: sedlab run NAME      Takes: 5 min on 2 cores      Expect: little
type Header struct {
	Comment  string // the lines of the comment, with "#"
	Question string
	Run      string
	Takes    string
	Expect   string
}

var label = regexp.MustCompile(`\b(Question|Run|Takes|Expect):`)

// newHeader reads the comment lines at the top of a file.
func newHeader(text string) Header {
	var h Header
	var words []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "#") {
			break
		}
		h.Comment += line + "\n"
		words = append(words, strings.Fields(strings.TrimLeft(line, "#"))...)
	}
	comment := strings.Join(words, " ")
	values := map[string]*string{"Question": &h.Question, "Run": &h.Run, "Takes": &h.Takes, "Expect": &h.Expect}
	places := label.FindAllStringSubmatchIndex(comment, -1)
	for i, p := range places {
		end := len(comment)
		if i+1 < len(places) {
			end = places[i+1][0]
		}
		*values[comment[p[2]:p[3]]] = strings.TrimSpace(comment[p[1]:end])
	}
	return h
}
