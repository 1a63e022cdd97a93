package fits

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
)

// pieceSize is how many bytes of data are read at once.
const pieceSize = 1 << 18

// measure finds the extent of the data (§4.4.1.2, eq. 2; of random groups §6.1, eq. 4).
func (h *HDU) measure() error {
	bitpix, ok := h.Header.Int("BITPIX")
	if h.kind = kinds[bitpix]; !ok || h.kind == 0 {
		return errors.New("keyword BITPIX: expected 8, 16, 32, 64, -32 or -64")
	}
	naxis, err := h.Header.natural("NAXIS", 999, -1)
	if err != nil {
		return err
	}
	elements := min(naxis, 1)
	for i := range naxis {
		n, err := h.Header.natural(fmt.Sprint("NAXIS", i+1), math.MaxInt64, -1)
		if err != nil {
			return err
		}
		h.axes = append(h.axes, int(n))
		if i > 0 || !h.isGroups() {
			elements = multiply(elements, n)
		}
	}
	parameters, err := h.Header.natural("PCOUNT", math.MaxInt64, 0)
	if err != nil {
		return err
	}
	groups, err := h.Header.natural("GCOUNT", math.MaxInt64, 1)
	h.size = multiply(multiply(groups, add(parameters, elements)), int64(sizes[h.kind]))
	return err
}

func (h *HDU) isGroups() bool {
	groups, _ := h.Header.Bool("GROUPS")
	return h.Index == 0 && groups && len(h.axes) > 0 && h.axes[0] == 0
}

// Image is an array of numbers.
type Image struct {
	Shape   []int // slowest axis first, as in NumPy: NAXISn in the opposite order
	Integer bool  // Ints may be asked for

	hdu    *HDU
	number number
	n      int
}

// Image returns the HDU's image. An HDU that has none, or a compressed one, is an error.
func (h *HDU) Image() (*Image, error) {
	xtension, _ := h.Header.Text("XTENSION")
	if xtension == "BINTABLE" {
		if err := h.refuseCompressed(); err != nil {
			return nil, err
		}
	}
	switch {
	case h.Index > 0 && xtension != "IMAGE" && xtension != "IUEIMAGE":
		return nil, fmt.Errorf("%s is a %q, expected an image", h.Place(), xtension)
	case h.isGroups():
		return nil, fmt.Errorf("%s has random groups, which are not supported; expected an image", h.Place())
	case len(h.axes) == 0:
		return nil, fmt.Errorf("%s has no data, expected an image", h.Place())
	}
	number, err := h.Header.scaling(h.kind, "BSCALE", "BZERO", "BLANK")
	if err != nil {
		return nil, fmt.Errorf("%s: %w", h.Place(), err)
	}
	shape, n := slices.Clone(h.axes), int64(1)
	slices.Reverse(shape)
	for _, axis := range shape {
		n = multiply(n, int64(axis))
	}
	if multiply(n, int64(sizes[h.kind])) != h.size {
		return nil, fmt.Errorf("%s: an image of shape %v has %d bytes of data; PCOUNT and GCOUNT must be 0 and 1", h.Place(), shape, h.size)
	}
	return &Image{Shape: shape, Integer: number.isInteger(), hdu: h, number: number, n: int(n)}, nil
}

// IsImage reports whether the HDU has an image that can be read.
func (h *HDU) IsImage() bool {
	_, err := h.Image()
	return err == nil
}

// Len returns the number of elements.
func (im *Image) Len() int { return im.n }

// Floats returns n values from element first on, in the order of the file: the last
// axis of Shape is the fastest. Elements that are BLANK are NaN.
func (im *Image) Floats(ctx context.Context, first, n int) ([]float64, error) {
	return readImage(ctx, im, first, n, func(dst []float64, raw []byte, _ int) error {
		im.number.floats(dst, raw)
		return nil
	})
}

// Ints is Floats for an Integer image. An element that is BLANK, or that no int64 can
// hold, is an error.
func (im *Image) Ints(ctx context.Context, first, n int) ([]int64, error) {
	if !im.Integer {
		return nil, fmt.Errorf("%s has numbers of type %c, scaled by %g and %g; expected integers", im.hdu.Place(), im.number.kind, im.number.scale, im.number.zero)
	}
	return readImage(ctx, im, first, n, im.number.ints)
}

// readImage reads elements in pieces, each of which decode writes to dst as values.
func readImage[V any](ctx context.Context, im *Image, first, n int, decode func(dst []V, raw []byte, first int) error) ([]V, error) {
	if first < 0 || n < 0 || n > im.n-first {
		return nil, fmt.Errorf("%s: %d elements from %d on were asked for, and there are %d", im.hdu.Place(), n, first, im.n)
	}
	size := sizes[im.number.kind]
	values := make([]V, n)
	raw := make([]byte, min(pieceSize, n*size))
	for done := 0; done < n; {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		dst := values[done:min(n, done+len(raw)/size)]
		raw := raw[:len(dst)*size]
		err := readAt(im.hdu.in, raw, im.hdu.start+int64(first+done)*int64(size))
		if err == nil {
			err = decode(dst, raw, first+done)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", im.hdu.Place(), err)
		}
		done += len(dst)
	}
	return values, nil
}
