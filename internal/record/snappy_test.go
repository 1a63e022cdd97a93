package record

import (
	"encoding/binary"
	"testing"
)

// A page that Snappy packed may not say that it unpacks to more than its header does.
func TestSnappyPages(t *testing.T) {
	for _, c := range []struct {
		unpacked uint64
		size     int
		ok       bool
	}{{100, 100, true}, {101, 100, false}, {1 << 62, 1 << 20, false}} {
		page := binary.AppendUvarint(nil, c.unpacked)
		if err := checkSnappy(page, c.size); (err == nil) != c.ok {
			t.Errorf("%d bytes in a page of %d: %v", c.unpacked, c.size, err)
		}
	}
	if checkSnappy([]byte{0xff, 0xff}, 100) == nil {
		t.Error("a length without an end is accepted")
	}
	if err := checkSnappy(nil, 0); err != nil {
		t.Errorf("an empty page: %v", err)
	}
}
