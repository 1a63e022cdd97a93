package npz_test

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"sedlab/datasets/internal/npz"
)

// ucs4 returns texts of n code points as NumPy stores them.
func ucs4(order binary.AppendByteOrder, n int, texts ...string) (data []byte) {
	for _, text := range texts {
		runes := append([]rune(text), make([]rune, n)...)[:n]
		for _, r := range runes {
			data = order.AppendUint32(data, uint32(r))
		}
	}
	return data
}

func TestTexts(t *testing.T) {
	big := binary.LittleEndian.AppendUint64(nil, 1<<63+1) // which float64 cannot hold
	for _, c := range []struct {
		name, descr, shape string
		data               []byte
		want               []string
	}{
		{"text", "<U3", "(3,)", ucs4(binary.LittleEndian, 3, "NGC", "", "α1"), []string{"NGC", "", "α1"}},
		{"big-endian text", ">U3", "(2,)", ucs4(binary.BigEndian, 3, "NGC", "x"), []string{"NGC", "x"}},
		{"bytes", "|S4", "(2,)", []byte("M31\x00M\xff\x00\x00"), []string{"M31", "M\xff"}},
		{"a column", "|S2", "(2, 1)", []byte("abc\x00"), []string{"ab", "c"}},
		{"a row", "|S2", "(1, 2)", []byte("abc\x00"), []string{"ab", "c"}},
		{"no code point", "<U1", "(1,)", []byte{0xff, 0xff, 0xff, 0x7f}, []string{"\uFFFD"}},
		{"int16", ">i2", "(2,)", []byte{0xff, 0xfe, 0, 7}, []string{"-2", "7"}},
		{"uint8", "|u1", "(2,)", []byte{200, 0}, []string{"200", "0"}},
		{"int64", "<i8", "(1,)", big, []string{"-9223372036854775807"}},
	} {
		texts, err := npz.Texts(open(t, archive(t, "x", npy(c.descr, c.shape, c.data))), "x", len(c.want))
		if err != nil || !slices.Equal(texts, c.want) {
			t.Errorf("%s: %q, %v; want %q", c.name, texts, err, c.want)
		}
	}
}

func TestTextsErrors(t *testing.T) {
	for want, data := range map[string][]byte{
		`type "<f8", expected texts or integers`: npy("<f8", "(2,)", make([]byte, 16)),
		"holds Python objects":                   npy("|O", "(2,)", make([]byte, 16)),
		"shape (3,), expected (2,)":              npy("|S1", "(3,)", make([]byte, 3)),
		"expected (2,)":                          npy("|S1", "()", make([]byte, 1)),
		"needs 8":                                npy("|S4", "(2,)", make([]byte, 7)),
		"shape (99999999, 9), expected (2,)":     npy("<U9999999", "(99999999, 9)", nil),
	} {
		if texts, err := npz.Texts(open(t, archive(t, "x", data)), "x", 2); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q, %v; want an error with %q", texts, err, want)
		}
	}
	a := open(t, archive(t, "x", npy("<U1", "(1,)", make([]byte, 4))))
	if _, err := npz.Texts(a, "y", 1); err == nil {
		t.Error("no array: no error")
	}
	if _, err := npz.Read[float32](a, "x", 1); err == nil || !strings.Contains(err.Error(), `type "<U1", expected numbers`) {
		t.Errorf("texts as numbers: %v", err)
	}
}
