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

// File is a spec with its sweep: everything that a run depends on. Everything
// in it has been checked.
type File struct {
	Header
	Filename string
	Base     *Spec

	blocks []block
	root   *yamlpos.Node // as written, with what --set set
	slots  Slots
	fields []yamlpos.Field // of the base and all points
	points []Point
}

// node returns the resolved spec, sweep and report included.
func (f *File) node() *yamlpos.Node {
	base := f.Base.node(f.root)
	n := &yamlpos.Node{Kind: yamlpos.Mapping}
	for _, field := range yamlpos.Fields(document{}) {
		value := base.Child(field.Name)
		if field.Name == "sweep" {
			value = sweepNode(f.blocks)
		}
		if value != nil {
			n.Entries = append(n.Entries, yamlpos.Entry{Key: field.Name, Value: value})
		}
	}
	return n
}

// node returns the spec as it is written, every default filled in. Of the keys
// written in root it keeps those that only points of a sweep have.
func (s *Spec) node(root *yamlpos.Node) *yamlpos.Node {
	n := &yamlpos.Node{Kind: yamlpos.Mapping}
	add := func(key string, value *yamlpos.Node) {
		n.Entries = append(n.Entries, yamlpos.Entry{Key: key, Value: value})
	}
	add("name", yamlpos.TextNode(s.Name))
	add("seed", &yamlpos.Node{Value: fmt.Sprint(s.Seed)})
	add("dataset", withRest(s.Dataset.node(), root.Child("dataset")))
	add("priors", priorList(s.Priors).node())
	add("problem", withRest(s.Problem.node(), root.Child("problem")))
	add("solver", withRest(s.Solver.node("method"), root.Child("solver")))
	add("evaluate", yamlpos.Encode(s.Evaluate))
	if s.Select != nil {
		add("select", yamlpos.Encode(s.Select))
	}
	if len(s.Report) > 0 {
		add("report", reportNode(s.Report))
	}
	return n
}

// MarshalJSON returns JSON that Parse reads as the same spec.
func (s *Spec) MarshalJSON() ([]byte, error) { return s.node(nil).MarshalJSON() }

// withRest returns a section with the keys that are written and that it lacks:
// keys of kinds that only a sweep chooses.
func withRest(section, written *yamlpos.Node) *yamlpos.Node {
	for _, e := range mapping(written).Entries {
		if section.Child(e.Key) == nil {
			section = section.WithChild(e.Key, plain(e.Value))
		}
	}
	return section
}

// plain returns a tree with its numbers in their shortest form.
func plain(n *yamlpos.Node) *yamlpos.Node {
	if v, ok := n.Scalar(); ok {
		if number, ok := v.(float64); ok {
			return yamlpos.NumberNode(number)
		}
	}
	copied := *n
	copied.Items = nil
	for _, item := range n.Items {
		copied.Items = append(copied.Items, plain(item))
	}
	return &copied
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

// MarshalJSON returns the resolved spec, sweep and report included, as JSON
// that Parse reads as an equal File, but for the header.
func (f *File) MarshalJSON() ([]byte, error) { return f.node().MarshalJSON() }

// Hash returns the SHA-256, in hex, of the resolved spec. The order of keys,
// comments, what is extended, and how a number is written do not matter; nor
// does the path of a file: data are told apart by their content.
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

// Header is what the comment at the top of a spec says, in the form
//
//	# Question: how does the error grow?
//	# Run: sedlab run NAME      Takes: 5 min on 2 cores      Expect: little
type Header struct {
	Comment  string // the lines of the comment, "#" and all
	Question string
	Run      string
	Takes    string
	Expect   string
}

var label = regexp.MustCompile(`\b(Question|Run|Takes|Expect):`)

// newHeader reads the lines before the first one that is no comment.
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
