package spec

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"sedlab/internal/yamlpos"
)

// address is a path into the sweep: sweep.seed is the key seed of every block,
// sweep[1].seed that of the second block, and sweep[1] is that block.
type address struct {
	block int // from 0, or everyBlock
	path  []string
}

const everyBlock = -1

var addressText = regexp.MustCompile(`^sweep(?:\[([0-9]{1,9})\])?(?:\.(.+))?$`)

// parseAddress reads a path into the sweep. The path of the whole sweep is no address.
func parseAddress(path string) (a address, ok bool) {
	parts := addressText.FindStringSubmatch(path)
	if parts == nil || path == "sweep" {
		return address{}, false
	}
	a.block = everyBlock
	if parts[1] != "" {
		a.block, _ = strconv.Atoi(parts[1]) // nine digits cannot fail
	}
	if parts[2] != "" {
		a.path = splitBlockPath(parts[2])
	}
	return a, true
}

// splitBlockPath splits a path below a block. Keys have dots of their own.
func splitBlockPath(path string) []string {
	for _, prefix := range []string{"random.space.", "random.", "zip.", "halving."} {
		if rest, ok := strings.CutPrefix(path, prefix); ok {
			return append(strings.Split(strings.TrimSuffix(prefix, "."), "."), rest)
		}
	}
	return []string{path}
}

// coversBlock reports whether the address is in the block with an index.
func (a address) coversBlock(i int) bool { return a.block == everyBlock || a.block == i }

// pathIn returns the address in one block, as messages name it.
func (a address) pathIn(sweep *yamlpos.Node, i int) string {
	return strings.Join(append([]string{blockPath(sweep, i)}, a.path...), ".")
}

// listElsewhere returns the path of the first list at an address that covers several
// blocks, or "".
func (a address) listElsewhere(root *yamlpos.Node) string {
	sweep := root.Child("sweep")
	if blocks := sweepBlocks(sweep); a.block == everyBlock && len(blocks) > 1 {
		for i, block := range blocks {
			if n := valueAt(block, a.path); n != nil && n.Kind == yamlpos.Sequence {
				return a.pathIn(sweep, i)
			}
		}
	}
	return ""
}

// checkBlock reports whether the sweep has the block of an address, and refuses the
// address if not.
func (r *reader) checkBlock(root *yamlpos.Node, a address, key string, pos yamlpos.Pos) bool {
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

// changeSweep changes the value at an address in every block that has one, or if none
// has, in every block of the address. change gets the old value and its path, and
// returns the new value, or nil for none.
func changeSweep(root *yamlpos.Node, a address, change func(old *yamlpos.Node, path string) *yamlpos.Node) *yamlpos.Node {
	sweep, anywhere := root.Child("sweep"), a.hasValue(root)
	if sweep == nil || sweep.Kind != yamlpos.Sequence || len(sweep.Items) == 0 {
		changed := withValueAt(sweep, a.path, change(valueAt(sweep, a.path), a.pathIn(sweep, 0)))
		if changed == nil {
			return root.Without("sweep")
		}
		return root.WithChild("sweep", changed)
	}
	copied := *sweep
	copied.Items = nil
	for i, block := range sweep.Items {
		if old := valueAt(block, a.path); block.Kind == yamlpos.Mapping && a.coversBlock(i) && (!anywhere || old != nil) {
			block = withValueAt(block, a.path, change(old, a.pathIn(sweep, i)))
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

// hasValue reports whether any block has a value at the address.
func (a address) hasValue(root *yamlpos.Node) bool {
	for i, block := range sweepBlocks(root.Child("sweep")) {
		if a.coversBlock(i) && valueAt(block, a.path) != nil {
			return true
		}
	}
	return false
}

// drop returns the tree without the value at a path, and whether it had one.
func drop(root *yamlpos.Node, path string) (*yamlpos.Node, bool) {
	if e, ok := parseElement(path); ok {
		return e.drop(root)
	}
	a, ok := parseAddress(path)
	if !ok {
		return root.Drop(path)
	}
	if !a.hasValue(root) {
		return root, false
	}
	return changeSweep(root, a, func(*yamlpos.Node, string) *yamlpos.Node { return nil }), true
}
