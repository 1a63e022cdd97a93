package datasets

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
)

// hashedBlock is the length of the pieces [bytes] by which a file is compared with what was
// hashed.
const hashedBlock = 256 << 10

var errChanged = errors.New("changed while it was read")

// hashed reads a file whose bytes are those that were hashed: what is parsed later is what
// SHA256 identifies, even if the file changes meanwhile.
type hashed struct {
	ctx    context.Context
	r      io.ReaderAt
	size   int64
	SHA256 string // of the whole file, in hex
	sums   [][sha256.Size]byte
	number int64  // of the block that was read last
	block  []byte // its content; nil before the first
}

// newHashed hashes the first size bytes of r. It stops if ctx ends, and so does ReadAt.
func newHashed(ctx context.Context, r io.ReaderAt, size int64) (*hashed, error) {
	h := &hashed{ctx: ctx, r: r, size: size}
	all, block := sha256.New(), make([]byte, hashedBlock)
	for at := int64(0); at < size; at += hashedBlock {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		part := block[:min(hashedBlock, size-at)]
		if err := readFull(r, part, at); err != nil {
			return nil, err
		}
		all.Write(part)
		h.sums = append(h.sums, sha256.Sum256(part))
	}
	h.SHA256 = hex.EncodeToString(all.Sum(nil))
	return h, nil
}

// readFull reads all of p; a file that has become shorter has changed.
func readFull(r io.ReaderAt, p []byte, at int64) error {
	n, err := r.ReadAt(p, at)
	if n == len(p) {
		return nil
	}
	if errors.Is(err, io.EOF) {
		return errChanged
	}
	return err
}

// ReadAt is io.ReaderAt. It is not for several goroutines at once.
func (h *hashed) ReadAt(p []byte, at int64) (n int, err error) {
	for n < len(p) {
		if at >= h.size {
			return n, io.EOF
		}
		if err := h.load(at / hashedBlock); err != nil {
			return n, err
		}
		part := copy(p[n:], h.block[at%hashedBlock:])
		n, at = n+part, at+int64(part)
	}
	return n, nil
}

// load reads a block, unless it is the last one that was read, and compares it.
func (h *hashed) load(number int64) error {
	if h.block != nil && h.number == number {
		return nil
	}
	if err := h.ctx.Err(); err != nil {
		return err
	}
	block := h.block[:cap(h.block)]
	if block == nil {
		block = make([]byte, hashedBlock)
	}
	h.block = nil
	start := number * hashedBlock
	block = block[:min(hashedBlock, h.size-start)]
	if err := readFull(h.r, block, start); err != nil {
		return err
	}
	if sha256.Sum256(block) != h.sums[number] {
		return errChanged
	}
	h.number, h.block = number, block
	return nil
}
