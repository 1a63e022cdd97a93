package spec

import (
	"strings"

	"sedlab/internal/yamlpos"
)

// part is a section of a spec as far as points differ in it.
type part struct {
	name   string
	above  []string // parts that it depends on, itself included
	decode func(r *reader, root *yamlpos.Node) (value any, node *yamlpos.Node)
}

// parts are all that a sweep can change. Each is decoded once for each
// combination of the values of the axes that change it.
var parts = []part{
	{"seed", []string{"seed"}, func(r *reader, root *yamlpos.Node) (any, *yamlpos.Node) {
		var d struct {
			Seed uint64 `spec:"seed" default:"0"`
		}
		r.yaml.Decode(root.Only("seed"), "", &d)
		return d.Seed, yamlpos.Encode(d).Child("seed")
	}},
	{"dataset", []string{"dataset"}, func(r *reader, root *yamlpos.Node) (any, *yamlpos.Node) {
		d := r.dataset(root)
		return d, d.node()
	}},
	{"priors", []string{"priors", "solver"}, func(r *reader, root *yamlpos.Node) (any, *yamlpos.Node) {
		list := priorList(r.priors(root))
		shared := share(r, &list, list.sharedNode())
		return shared, list.node()
	}},
	{"problem", []string{"problem"}, func(r *reader, root *yamlpos.Node) (any, *yamlpos.Node) {
		p := r.problem(root)
		return p, p.node()
	}},
	{"solver", []string{"solver"}, func(r *reader, root *yamlpos.Node) (any, *yamlpos.Node) {
		s := r.solver(root)
		return s, s.node("method")
	}},
	{"evaluate", []string{"evaluate"}, func(r *reader, root *yamlpos.Node) (any, *yamlpos.Node) {
		var e Evaluate
		r.yaml.Decode(root.Child("evaluate"), "evaluate", &e)
		n := yamlpos.Encode(e)
		return share(r, &e, n), n
	}},
}

// partOf returns the name of the part that a key belongs to.
func partOf(key string) string {
	name, _, _ := strings.Cut(key, ".")
	return name
}

// priorList is the section priors.
type priorList []*Prior

func (l priorList) node() *yamlpos.Node {
	n := &yamlpos.Node{Kind: yamlpos.Mapping}
	for _, p := range l {
		n.Entries = append(n.Entries, yamlpos.Entry{Key: p.Name, Value: p.node()})
	}
	return n
}

func (l priorList) sharedNode() *yamlpos.Node {
	n := &yamlpos.Node{Kind: yamlpos.Sequence}
	for _, p := range l {
		n.Items = append(n.Items, p.sharedNode())
	}
	return n
}
