package group_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sedlab/internal/group"
)

func first(s string) byte { return s[0] }

// TestOrder checks that groups, and the items in them, keep the order of the items.
func TestOrder(t *testing.T) {
	items := []string{"pca", "glo", "plain", "zero", "gauss"}
	want := [][]string{{"pca", "plain"}, {"glo", "gauss"}, {"zero"}}
	if d := cmp.Diff(want, group.By(items, first)); d != "" {
		t.Error(d)
	}
	if got := string(group.Keys(items, first)); got != "pgz" {
		t.Errorf("keys %s", got)
	}
	if got := group.By(items[:0], first); len(got) > 0 {
		t.Errorf("groups of nothing: %v", got)
	}
}

func TestPointersAreToTheItems(t *testing.T) {
	items := []int{1, 2}
	*group.Pointers(items)[1] = 3
	if !slices.Equal(items, []int{1, 3}) {
		t.Errorf("items %v", items)
	}
}
