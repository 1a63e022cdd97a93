package spec

import (
	"strings"

	"sedlab/internal/yamlpos"
)

// set returns the tree after one "key=value" of the command line.
func (r *reader) set(root *yamlpos.Node, assignment string) *yamlpos.Node {
	key, text, found := strings.Cut(assignment, "=")
	pos := yamlpos.Pos{Origin: "--set " + assignment}
	if !found {
		r.add(pos, "", "expected key=value")
		return root
	}
	value := r.setValue(text, pos.Origin)
	if value == nil {
		return root
	}
	if swept, ok := strings.CutPrefix(key, "sweep."); ok {
		return setSweep(root, swept, value)
	}
	if key == "sweep" || key == "report" {
		return root.WithChild(key, value)
	}
	fields := r.keys(root)
	if _, known := yamlpos.Find(fields, key); !known {
		r.add(pos, key, "unknown key; %s", instead(key, yamlpos.Paths(fields, "")))
		return root
	}
	for _, block := range sweepBlocks(root.Child("sweep")) {
		if block.Child(key) != nil {
			r.add(pos, key, "is swept by this spec; set sweep.%s=[%s] instead", key, text)
			return root
		}
	}
	return with(root, fields, key, value)
}

// setValue reads the value; none is empty text, which a shell makes hard to quote.
func (r *reader) setValue(text, origin string) *yamlpos.Node {
	if text == "" {
		return &yamlpos.Node{Pos: yamlpos.Pos{Origin: origin}, Quoted: true}
	}
	var errs yamlpos.Errors
	value := yamlpos.ParseValue(text, origin, &errs)
	for _, err := range errs.All() {
		r.add(err.Pos, err.Key, "%s", err.Problem)
	}
	if errs.Len() > 0 {
		return nil
	}
	return value
}

// setSweep replaces a key's values in every block that sweeps it; if none does,
// every block sweeps it from now on.
func setSweep(root *yamlpos.Node, key string, value *yamlpos.Node) *yamlpos.Node {
	sweep := root.Child("sweep")
	if sweep == nil || sweep.Kind != yamlpos.Sequence {
		return root.WithChild("sweep", sweep.WithChild(key, value))
	}
	anywhere := false
	for _, block := range sweep.Items {
		anywhere = anywhere || block.Child(key) != nil
	}
	copied := *sweep
	copied.Items = nil
	for _, block := range sweep.Items {
		if block.Kind == yamlpos.Mapping && (!anywhere || block.Child(key) != nil) {
			block = block.WithChild(key, value)
		}
		copied.Items = append(copied.Items, block)
	}
	return root.WithChild("sweep", &copied)
}

// instead lists no more than a screen of keys.
func instead(key string, known []string) string {
	const screen = 12
	if yamlpos.Near(key, known) == "" && len(known) > screen {
		return "expected a key of the spec, as docs/guide.md lists them"
	}
	return yamlpos.Instead(key, known)
}
