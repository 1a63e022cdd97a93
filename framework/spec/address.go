package spec

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"sedlab/internal/yamlpos"
)

// address is what a path into the sweep names: sweep.seed, the key seed of every
// block; sweep[1].seed, that of the second block; sweep[1], that block.
type address struct {
	block int // from 0, or everyBlock
	path  []string
}

const everyBlock = -1

var addressText = regexp.MustCompile(`^sweep(?:\[([0-9]{1,9})\])?(?:\.(.+))?$`)

// addressOf reads a path into the sweep; that of the whole sweep is none.
func addressOf(path string) (a address, ok bool) {
	parts := addressText.FindStringSubmatch(path)
	if parts == nil || path == "sweep" {
		return address{}, false
	}
	a.block = everyBlock
	if parts[1] != "" {
		a.block, _ = strconv.Atoi(parts[1]) // of nine digits: it cannot fail
	}
	if parts[2] != "" {
		a.path = sweepPath(parts[2])
	}
	return a, true
}

// sweepPath splits the path below a block: keys have dots themselves.
func sweepPath(path string) []string {
	for _, prefix := range []string{"random.space.", "random.", "zip.", "halving."} {
		if rest, ok := strings.CutPrefix(path, prefix); ok {
			return append(strings.Split(strings.TrimSuffix(prefix, "."), "."), rest)
		}
	}
	return []string{path}
}

// names tells whether an address names something in the block with an index.
func (a address) names(i int) bool { return a.block == everyBlock || a.block == i }

// in returns the path as messages name it in one block.
func (a address) in(sweep *yamlpos.Node, i int) string {
	return strings.Join(append([]string{sweepName(sweep, i)}, a.path...), ".")
}

// withList names the first block with a list at the address, if every block is
// named and there are several.
func (a address) withList(root *yamlpos.Node) string {
	sweep := root.Child("sweep")
	if blocks := sweepBlocks(sweep); a.block == everyBlock && len(blocks) > 1 {
		for i, block := range blocks {
			if n := at(block, a.path); n != nil && n.Kind == yamlpos.Sequence {
				return a.in(sweep, i)
			}
		}
	}
	return ""
}

// addressed tells whether the sweep has the block that an address names, and
// refuses the address if not.
func (r *reader) addressed(root *yamlpos.Node, a address, key string, pos yamlpos.Pos) bool {
	n := len(sweepBlocks(root.Child("sweep")))
	if a.block < n {
		return true
	}
	expected := "a spec with a sweep"
	if n > 0 {
		expected = fmt.Sprintf("one of %d, sweep[0] to sweep[%d]", n, n-1)
	}
	r.add(pos, key, "names a block that the sweep does not have; expected %s", expected)
	return false
}

// changeSweep gives what an address names another value, or none, in every block
// that has one; if none does, in every block that is named. change gets the path
// in the block.
func changeSweep(root *yamlpos.Node, a address, change func(old *yamlpos.Node, path string) *yamlpos.Node) *yamlpos.Node {
	sweep, anywhere := root.Child("sweep"), swept(root, a)
	if sweep == nil || sweep.Kind != yamlpos.Sequence || len(sweep.Items) == 0 {
		changed := put(sweep, a.path, change(at(sweep, a.path), a.in(sweep, 0)))
		if changed == nil {
			return root.Without("sweep")
		}
		return root.WithChild("sweep", changed)
	}
	copied := *sweep
	copied.Items = nil
	for i, block := range sweep.Items {
		if old := at(block, a.path); block.Kind == yamlpos.Mapping && a.names(i) && (!anywhere || old != nil) {
			block = put(block, a.path, change(old, a.in(sweep, i)))
		}
		if block != nil {
			copied.Items = append(copied.Items, block)
		}
	}
	if len(copied.Items) == 0 {
		return root.Without("sweep")
	}
	return root.WithChild("sweep", &copied)
}

// swept tells whether any block that an address names has something there.
func swept(root *yamlpos.Node, a address) bool {
	for i, block := range sweepBlocks(root.Child("sweep")) {
		if a.names(i) && at(block, a.path) != nil {
			return true
		}
	}
	return false
}

// drop returns the tree without what is at a path, and whether it was there.
func drop(root *yamlpos.Node, path string) (*yamlpos.Node, bool) {
	a, ok := addressOf(path)
	if !ok {
		return root.Drop(path)
	}
	if !swept(root, a) {
		return root, false
	}
	return changeSweep(root, a, func(*yamlpos.Node, string) *yamlpos.Node { return nil }), true
}
