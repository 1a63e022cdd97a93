package yamlpos

import "slices"

// Merge returns base with over on top of it: mappings are merged key by key,
// and of all else over's stands. Where both are mappings, whole tells of a path
// that over's takes the place of base's as one value. Either may be nil.
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
	merged := *over // a key that neither has is missing where over is
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
