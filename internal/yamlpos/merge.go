package yamlpos

import "slices"

// Merge returns base with over laid on top. Mappings are merged key by key; any other
// value of over replaces that of base. So does a mapping at a path for which whole
// reports true. Either may be nil.
func Merge(base, over *Node, whole func(path string, base, over *Node) bool) *Node {
	return merge(base, over, "", whole)
}

func merge(base, over *Node, path string, whole func(string, *Node, *Node) bool) *Node {
	switch {
	case base == nil:
		return over
	case over == nil:
		return base
	case base.Kind != Mapping || over.Kind != Mapping || whole(path, base, over):
		return over
	}
	merged := *over // errors about a missing key point at over
	merged.Entries = slices.Clone(base.Entries)
	place := make(map[string]int, len(base.Entries))
	for i, e := range base.Entries {
		place[e.Key] = i
	}
	for _, e := range over.Entries {
		if i, both := place[e.Key]; both {
			e.Value = merge(base.Entries[i].Value, e.Value, Join(path, e.Key), whole)
			merged.Entries[i] = e
		} else {
			merged.Entries = append(merged.Entries, e)
		}
	}
	return &merged
}
