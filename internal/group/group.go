// Package group groups items by a key, and keeps their order.
package group

// By returns the items grouped by key. Groups are in the order of their first items.
func By[T any, K comparable](items []T, key func(T) K) (groups [][]T) {
	place := map[K]int{}
	for _, item := range items {
		k := key(item)
		i, known := place[k]
		if !known {
			i = len(groups)
			place[k] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], item)
	}
	return groups
}

// Keys returns the items' keys, each once, in the order of their first items.
func Keys[T any, K comparable](items []T, key func(T) K) (keys []K) {
	for _, g := range By(items, key) {
		keys = append(keys, key(g[0]))
	}
	return keys
}

// Pointers returns pointers to the items.
func Pointers[T any](items []T) []*T {
	pointers := make([]*T, len(items))
	for i := range items {
		pointers[i] = &items[i]
	}
	return pointers
}
