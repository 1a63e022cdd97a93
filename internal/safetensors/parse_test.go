package safetensors

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// file returns a file with a header and size zero bytes of data.
func file(header string, size int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), make([]byte, size)...)
}

// hostile lists files that Parse refuses, with the beginning of its error.
var hostile = []struct {
	want string
	data []byte
}{
	{"not a safetensors file: 0 bytes", nil},
	{"not a safetensors file: 7 bytes; expected at least the 8", make([]byte, 7)},
	{"header of 18446744073709551615 bytes; expected at most 100000000", []byte("\xff\xff\xff\xff\xff\xff\xff\xff{}")},
	{"header of 100000001 bytes; expected", binary.LittleEndian.AppendUint64(nil, 100_000_001)},
	{"header of 3 bytes; the file ends after 2", []byte("\x03\x00\x00\x00\x00\x00\x00\x00{}")},
	{"header: does not begin with {", file("", 0)},
	{"header: does not begin with {", file(" {}", 0)},
	{"header: does not begin with {", file("[]", 0)},
	{"header: is not UTF-8", file("{\"\xff\":1}", 0)},
	{"header: unexpected EOF", file(`{`, 0)},
	{`header: "a": unexpected EOF`, file(`{"a"`, 0)},
	{`header: "a": invalid character`, file(`{"a" 1}`, 0)},
	{"header: invalid character", file(`{,}`, 0)},
	{"header: has data after its closing }", file(`{} {}`, 0)},
	{"header: has data after its closing }", file("{}\x00", 0)},
	{`header: "a": key used twice`, file(`{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"a":{}}`, 0)},
	{`header: "a": "dtype": key used twice`, file(`{"a":{"dtype":"F32","dtype":"F32","shape":[0]}}`, 0)},
	{`header: "__metadata__": "k": key used twice`, file(`{"__metadata__":{"k":"1","k":"2"}}`, 0)},
	{`header: "__metadata__": "k": found "1", expected a string`, file(`{"__metadata__":{"k":1}}`, 0)},
	{`header: "__metadata__": found`, file(`{"__metadata__":null}`, 0)},
	{`header: "a": "colour": unknown key`, file(`{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4],"colour":1}}`, 4)},
	{`header: "a": "a": has 2 of the keys`, file(`{"a":{"dtype":"F32","shape":[]}}`, 0)},
	{`header: "a": found "1", expected a bracket`, file(`{"a":1}`, 0)},
	{`header: "a": found [, expected {`, file(`{"a":[1]}`, 0)},
	{`header: "a": "shape": found "2", expected a number`, file(`{"a":{"shape":["2"]}}`, 0)},
	{`header: "a": "shape": -1, expected an integer from 0`, file(`{"a":{"shape":[-1]}}`, 0)},
	{`header: "a": "shape": 1.0, expected an integer from 0`, file(`{"a":{"shape":[1.0]}}`, 0)},
	{`header: "a": "shape": 9223372036854775808, expected an integer`, file(`{"a":{"shape":[9223372036854775808]}}`, 0)},
	{`header: "a": "shape": more than 128 numbers`, file(`{"a":{"shape":[1`+strings.Repeat(",1", 128)+`]}}`, 0)},
	{`header: "a": "data_offsets": 3 numbers, expected 2`, file(`{"a":{"data_offsets":[0,4,4]}}`, 4)},
	{`header: "a": "data_offsets": found "[", expected a number`, file(`{"a":{"data_offsets":[`+strings.Repeat("[", 50_000)+`]}}`, 4)},
	{`tensor "a": dtype "BF16", expected F32, F64 or I64`, file(`{"a":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}}`, 4)},
	{`tensor "a": bytes [4, 0) are not within`, file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}`, 4)},
	{`tensor "a": bytes [0, 8) are not within the data's 4`, file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 4)},
	{fmt.Sprintf(`tensor "a": bytes [0, %d) are not within`, math.MaxInt/4*4), file(fmt.Sprintf(`{"a":{"dtype":"F32","shape":[%d],"data_offsets":[0,%d]}}`, math.MaxInt/4, math.MaxInt/4*4), 4)},
	{`tensor "a": 4 bytes are not F32 of shape (2)`, file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}`, 4)},
	{`tensor "a": 4 bytes are not F64 of shape ()`, file(`{"a":{"dtype":"F64","shape":[],"data_offsets":[0,4]}}`, 4)},
	{fmt.Sprintf(`tensor "a": 0 bytes are not F32 of shape (%d, 4)`, math.MaxInt/2+1), file(fmt.Sprintf(`{"a":{"dtype":"F32","shape":[%d,4],"data_offsets":[0,0]}}`, math.MaxInt/2+1), 0)},
	{`tensor "b": bytes [4, 8) overlap another tensor's, which end at 8`, file(`{"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 8)},
	{`tensor "b": bytes [0, 4) overlap`, file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 4)},
	{`tensor "a": begins at byte 4, and leaves a hole from byte 0`, file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`, 8)},
	{`tensor "b": begins at byte 8, and leaves a hole from byte 4`, file(`{"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 12)},
	{"1 bytes after the last tensor", file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 5)},
	{"1 bytes after the last tensor", file(`{}`, 1)},
}

func TestParseRefuses(t *testing.T) {
	for _, tc := range hostile {
		f, err := Parse(tc.data)
		if err == nil || f != nil || !strings.HasPrefix(err.Error(), tc.want) {
			t.Errorf("%.80q: got error %v, expected %s…", tc.data, err, tc.want)
		}
		if err != nil && len(err.Error()) > 300 {
			t.Errorf("%.80q: the error is %d bytes long", tc.data, len(err.Error()))
		}
	}
}

// Parse allocates nothing for a size that a file declares before checking it.
func TestParseAllocatesByTheFilesSize(t *testing.T) {
	name := strings.Repeat("n", 1<<20)
	for _, data := range [][]byte{
		binary.LittleEndian.AppendUint64(nil, maxHeader),
		file(`{"a":{"dtype":"F32","shape":[100000000],"data_offsets":[0,400000000]}}`, 4),
		file(`{"`+name+`":{"dtype":"F32","shape":[1000000000],"data_offsets":[0,4]}}`, 4),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := Parse(data); err == nil {
			t.Error("a hostile file was read")
		}
		runtime.ReadMemStats(&after)
		if got, most := after.TotalAlloc-before.TotalAlloc, uint64(16*len(data)+1<<16); got > most {
			t.Errorf("a file of %d bytes took %d, expected at most %d", len(data), got, most)
		}
	}
}

// A file that is cut is refused. One with a flipped bit is refused, or gives a file
// on which Write and Parse agree.
func TestParseOfDamagedFiles(t *testing.T) {
	whole := write(t, &File{Metadata: map[string]string{"k": "v"}, Tensors: example().Tensors[:4]})
	for n := range whole {
		if _, err := Parse(whole[:n]); err == nil {
			t.Fatalf("%d of %d bytes were read", n, len(whole))
		}
	}
	for i := range whole {
		for bit := range 8 {
			damaged := append([]byte{}, whole...)
			damaged[i] ^= 1 << bit
			parsesOrRefuses(t, damaged)
		}
	}
}

func parsesOrRefuses(t *testing.T, data []byte) {
	t.Helper()
	f, err := Parse(data)
	if err != nil {
		return
	}
	header := data[8 : 8+binary.LittleEndian.Uint64(data)]
	if !json.Valid(header) {
		t.Fatalf("read a header that is not JSON: %q", header)
	}
	again, err := Parse(write(t, f))
	if err != nil {
		t.Fatalf("what was read cannot be written and read: %v", err)
	}
	if diff := cmp.Diff(f, again, bits, ignoreEmptyMetadata); diff != "" {
		t.Fatalf("written and read again (-want +got):\n%s", diff)
	}
}

var ignoreEmptyMetadata = cmp.Transformer("metadata", func(m map[string]string) string {
	return fmt.Sprint(m)
})

func FuzzParse(f *testing.F) {
	for _, tc := range hostile {
		f.Add(tc.data)
	}
	f.Add(write(f, &File{Tensors: example().Tensors[:4]}))
	f.Fuzz(func(t *testing.T, data []byte) { parsesOrRefuses(t, data) })
}
