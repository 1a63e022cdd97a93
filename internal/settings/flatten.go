package settings

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"sedlab/internal/yamlpos"
)

// sweepPrefix begins the key of a setting that lists a swept key's values.
const sweepPrefix = "sweep."

// OfSpec returns the settings of a spec's tree, which is a mapping.
func OfSpec(root *yamlpos.Node) List {
	tree, _ := Plain(root).(map[string]any)
	sweep := tree["sweep"]
	delete(tree, "sweep")
	return sorted(append(leaves(nil, "", tree), swept(sweep)...))
}

// OfJSON returns the settings of a JSON object.
func OfJSON(object []byte) (List, error) {
	var tree map[string]any
	if err := json.Unmarshal(object, &tree); err != nil {
		return nil, err
	}
	return sorted(leaves(nil, "", tree)), nil
}

// sorted sorts settings by key. If a dot in a key makes two keys equal, the first
// setting stays; no spec that ran has such keys.
func sorted(l List) List {
	slices.SortStableFunc(l, func(a, b Setting) int { return cmp.Compare(a.Key, b.Key) })
	return slices.CompactFunc(l, func(a, b Setting) bool { return a.Key == b.Key })
}

// leaves appends the values below a section that are not sections themselves.
func leaves(l List, path string, section map[string]any) List {
	for _, key := range slices.Sorted(maps.Keys(section)) {
		switch v := section[key].(type) {
		case map[string]any:
			l = leaves(l, yamlpos.Join(path, key), v)
		default:
			l = append(l, Setting{yamlpos.Join(path, key), v})
		}
	}
	return l
}

// swept returns the values that each swept key takes. If the sweep is more than keys
// with lists of values, it also returns the whole section, under "sweep".
func swept(sweep any) (l List) {
	grid, _ := sweep.(map[string]any)
	if _, list := sweep.([]any); list || slices.ContainsFunc(slices.Collect(maps.Values(grid)), branches) {
		l = append(l, Setting{"sweep", sweep})
	}
	values := map[string][]any{}
	seen := map[[2]string]bool{}
	eachSwept(sweep, func(key string, value any) {
		if once := [2]string{key, Text(value)}; !seen[once] {
			seen[once] = true
			values[key] = append(values[key], value)
		}
	})
	for key, list := range values {
		l = append(l, Setting{sweepPrefix + key, list})
	}
	return l
}

// branches reports whether a part of a sweep holds further keys, rather than values.
func branches(v any) bool {
	list, _ := v.([]any)
	_, section := v.(map[string]any)
	return section || slices.ContainsFunc(list, branches)
}

// eachSwept calls add for each value of each key of a sweep, however its grids,
// lists and points are nested.
func eachSwept(v any, add func(key string, value any)) {
	list, _ := v.([]any)
	for _, item := range list {
		eachSwept(item, add)
	}
	section, _ := v.(map[string]any)
	for _, key := range slices.Sorted(maps.Keys(section)) {
		v := section[key]
		below, _ := v.(map[string]any)
		resource, halving := below["resource"].(string)
		values, list := v.([]any)
		if !list {
			values = []any{v}
		}
		if key == "repeat" { // lists seeds
			key = "seed"
		}
		switch {
		case key == "halving" && halving:
			for _, v := range rungs(below) {
				add(resource, v)
			}
		case branches(v):
			eachSwept(v, add)
		default:
			for _, v := range values {
				add(key, v)
			}
		}
	}
}

// rungs returns the values that the resource of a halving takes.
func rungs(halving map[string]any) (values []any) {
	from, _ := halving["from"].(float64)
	to, _ := halving["to"].(float64)
	factor, _ := halving["factor"].(float64)
	for v := from; factor >= 2 && v > 0 && v <= to; v *= factor {
		values = append(values, v)
	}
	return values
}

// Plain returns a tree in the types of Setting.Value.
func Plain(n *yamlpos.Node) any {
	switch n.Kind {
	case yamlpos.Mapping:
		section := map[string]any{}
		for _, e := range n.Entries {
			section[e.Key] = Plain(e.Value)
		}
		return section
	case yamlpos.Sequence:
		list := make([]any, len(n.Items))
		for i, item := range n.Items {
			list[i] = Plain(item)
		}
		return list
	}
	if n.IsNull() {
		return nil
	}
	if v, ok := n.Scalar(); ok {
		return v
	}
	return strings.TrimSpace(n.Value)
}
