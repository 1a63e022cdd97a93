package npz

import (
	"fmt"
	"io"
)

// chunk is the number of elements that are converted at a time, so that an array is
// never held both as bytes and as numbers.
const chunk = 8192

// readData calls use with each element after a header, in the order in which they are
// stored, and with its index in C order. It reads to the end of the entry, where zip
// verifies the checksum.
func readData(r io.Reader, h header, use func(i int, v float64)) error {
	total, rows, cols := h.len(), 1, 1
	if h.fortran && len(h.shape) == 2 {
		rows, cols = h.shape[0], h.shape[1]
	}
	buf := make([]byte, chunk*h.elem.size)
	for done := 0; done < total; {
		part := buf[:min(chunk, total-done)*h.elem.size]
		if _, err := io.ReadFull(r, part); err != nil {
			return fmt.Errorf("data after element %d of %d: %w", done, total, err)
		}
		for ; len(part) > 0; part = part[h.elem.size:] {
			i := done
			if cols > 1 {
				i = done%rows*cols + done/rows
			}
			use(i, h.elem.value(h.order, part))
			done++
		}
	}
	if _, err := io.Copy(io.Discard, r); err != nil {
		return fmt.Errorf("data: %w", err)
	}
	return nil
}
