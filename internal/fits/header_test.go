package fits

import (
	"bytes"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"
)

// file returns a file with cards of HDU 0, and data.
func file(data string, cards ...string) []byte {
	var b bytes.Buffer
	for _, c := range append(cards, "END") {
		fmt.Fprintf(&b, "%-80s", c)
	}
	return append(pad(b.Bytes(), b.Len(), ' '), pad([]byte(data), len(data), 0)...)
}

// empty is a primary HDU without data.
func empty(cards ...string) []byte {
	return file("", append([]string{"SIMPLE  =                    T", "BITPIX  = 8", "NAXIS   = 0"}, cards...)...)
}

func TestCards(t *testing.T) {
	for _, c := range []struct {
		card string
		want Card
	}{
		{"KEY     =                    1 / one", Card{"KEY", int64(1), "one"}},
		{"key     =+007", Card{"KEY", int64(7), ""}},
		{"KEY     = 9223372036854775808", Card{"KEY", float64(1 << 63), ""}},
		{"KEY     = -1.5D-3 /", Card{"KEY", -1.5e-3, ""}},
		{"KEY     = 1.5d3/no spaces", Card{"KEY", 1500.0, "no spaces"}},
		{"KEY     = .5", Card{"KEY", .5, ""}},
		{"KEY     = 1E999", Card{"KEY", Other("1E999"), ""}},
		{"KEY     = nan", Card{"KEY", Other("nan"), ""}},
		{"KEY     = 0x10", Card{"KEY", Other("0x10"), ""}},
		{"KEY     = (1.0, 2.0) / complex", Card{"KEY", Other("(1.0, 2.0)"), "complex"}},
		{"KEY     = T / yes", Card{"KEY", true, "yes"}},
		{"KEY     = F", Card{"KEY", false, ""}},
		{"KEY     =          / undefined", Card{"KEY", nil, "undefined"}},
		{"KEY     =", Card{"KEY", nil, ""}},
		{"KEY     = 'it''s / it  '  / comment / more", Card{"KEY", "it's / it", "comment / more"}},
		{"KEY     = '  lead'no slash", Card{"KEY", "  lead", "no slash"}},
		{"KEY     = ''''", Card{"KEY", "'", ""}},
		{"KEY     = ''", Card{"KEY", "", ""}},
		{"KEY     = 'open", Card{"KEY", Other("'open"), ""}},
		{"KEY     = 'last&'", Card{"KEY", "last&", ""}},
		{"HIERARCH ESO obs.Name = 'a' / b", Card{"ESO OBS.NAME", "a", "b"}},
		{"HIERARCH without", Card{"HIERARCH", nil, " without"}},
		{"COMMENT = 'text'", Card{"COMMENT", nil, "= 'text'"}},
		{"HISTORY   words", Card{"HISTORY", nil, "  words"}},
		{"NOVALUE  words", Card{"NOVALUE", nil, " words"}},
		{"", Card{}},
		{"KEY     = 'caf\xe9' / \xe9t\xe9", Card{"KEY", "caf\xe9", "\xe9t\xe9"}},
	} {
		if got := parseCard(fmt.Sprintf("%-80s", c.card)); got != c.want {
			t.Errorf("%q: %#v, expected %#v", c.card, got, c.want)
		}
	}
}

func TestHeader(t *testing.T) {
	f, err := parse(empty("LONG    = 'one &' / a", "CONTINUE  'two&' / b", "CONTINUE  '' / c", "CONTINUE 'alone'",
		"OPEN    = 'x&'", "N       = 3.0", "N       = 4", "HALF    = 0.5", "NO      = F", "U       =", "HIERARCH A B = 1"))
	if err != nil {
		t.Fatal(err)
	}
	h := f.HDUs[0].Header
	if c, _ := h.find("LONG"); c != (Card{"LONG", "one two", "a b c"}) {
		t.Errorf("%#v", c)
	}
	if s, ok := h.Text("open"); s != "x&" || !ok {
		t.Errorf("%q, %v", s, ok)
	}
	if n, ok := h.Int("N"); n != 3 || !ok {
		t.Errorf("of two cards, the value is %d, %v; expected the first", n, ok)
	}
	if _, ok := h.Int("HALF"); ok {
		t.Error("0.5 is an integer")
	}
	if v, ok := h.Bool("NO"); v || !ok {
		t.Error("F is true or missing")
	}
	if _, ok := h.Float("U"); ok || !h.Has("U") || h.Has("V") || h.Has("CONTINUE") {
		t.Error("undefined and missing keywords are confused")
	}
	if x, ok := h.Float("hierarch a b"); x != 1 || !ok {
		t.Errorf("HIERARCH A B is %v, %v", x, ok)
	}
	if n := len(h.cards); n != 12 {
		t.Errorf("%d cards, expected 12", n)
	}
}

// primary returns a file whose primary HDU has these cards after SIMPLE.
func primary(data string, cards ...string) []byte {
	return file(data, append([]string{"SIMPLE  = T"}, cards...)...)
}

// table returns a file with a binary table of a row of data.
func table(data string, cards ...string) []byte {
	all := append([]string{"XTENSION= 'BINTABLE'", "BITPIX  = 8", "NAXIS   = 2", fmt.Sprint("NAXIS1  = ", len(data)), "NAXIS2  = 1"}, cards...)
	return append(empty(), file(data, all...)...)
}

// Errors say where a file is wrong, and no header takes memory for what the file does
// not have.
func TestHostileFiles(t *testing.T) {
	huge := fmt.Sprint(int64(math.MaxInt64))
	whole := primary("", "BITPIX  = 8", "NAXIS   = 1", "NAXIS1  = 5000")
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"nothing":       {nil, `not a FITS file: begins with ""`},
		"zip":           {[]byte("PK\x03\x04aaaaaaa"), `begins with "PK\x03\x04aaaa", expected "SIMPLE  "`},
		"gzip":          {[]byte("\x1f\x8b\x08"), "gzip-compressed; unpack it first"},
		"no end":        {empty()[:240], "HDU 0 at byte 0: the file ends at byte 240, and the header has no END"},
		"simple":        {file("", "SIMPLE  = F"), "keyword SIMPLE: expected T"},
		"bitpix":        {primary("", "BITPIX  = 12"), "keyword BITPIX: expected 8, 16, 32, 64, -32 or -64"},
		"naxis":         {primary("", "BITPIX  = 8", "NAXIS   = 1000"), "keyword NAXIS = 1000: expected an integer from 0 to 999"},
		"no axis":       {primary("", "BITPIX  = 8", "NAXIS   = 1"), "keyword NAXIS1 is missing"},
		"negative":      {primary("", "BITPIX  = 8", "NAXIS   = 1", "NAXIS1  = -1"), "keyword NAXIS1 = -1: expected an integer from 0"},
		"text":          {primary("", "BITPIX  = 8", "NAXIS   = 1", "NAXIS1  = 'a'"), `keyword NAXIS1 = "a": expected an integer from 0`},
		"truncated":     {whole, `HDU 0 "PRIMARY" at byte 0: the header declares 5000 bytes of data from byte 2880 on, and the file ends after 0 of them: 5000 bytes are missing`},
		"huge":          {primary("", "BITPIX  = 64", "NAXIS   = 2", "NAXIS1  = "+huge, "NAXIS2  = "+huge), "bytes are missing"},
		"huge groups":   {primary("", "BITPIX  = 8", "NAXIS   = 1", "NAXIS1  = 1", "PCOUNT  = "+huge, "GCOUNT  = "+huge), "bytes are missing"},
		"key":           {primary("", "BITPIX  = 8", "NAXIS   = 0", "K\xffY     = 1"), `card 4, "K\xffY     = 1": the keyword is not printable ASCII`},
		"rubbish":       {append(empty(), "abcdefghijkl"...), `byte 2880: expected the end of the file after 1 HDUs, or another that begins with "XTENSION"; found "abcdefgh"`},
		"second":        {append(empty(), file("", "XTENSION= 'IMAGE'", "BITPIX  = 7")...), "HDU 1 at byte 2880: keyword BITPIX"},
		"no form":       {table("a", "TFIELDS = 1"), "HDU 1: column 1: keyword TFORM1 is missing, or not a string"},
		"fields":        {table("a", "TFIELDS = 1000"), "keyword TFIELDS = 1000: expected an integer from 0 to 999"},
		"form":          {table("a", "TFIELDS = 1", "TFORM1  = '1Z'"), `keyword TFORM1 = "1Z": expected a count and one of L X`},
		"no letter":     {table("a", "TFIELDS = 1", "TFORM1  = '12'"), `keyword TFORM1 = "12": expected a count and one of L X`},
		"huge repeat":   {table("a", "TFIELDS = 1", "TFORM1  = '99999999999999999999E'"), "the repeat count is too large"},
		"large repeat":  {table("a", "TFIELDS = 1", "TFORM1  = '2147483647E'"), "ends at byte 8589934588 of a row; NAXIS1 says 1"},
		"short row":     {table("abc", "TFIELDS = 1", "TFORM1  = '1A'"), "the columns have 1 bytes in a row, and NAXIS1 says 3"},
		"scale":         {table("a", "TFIELDS = 1", "TFORM1  = 'B'", "TSCAL1  = 'a'"), `column 1: keyword TSCAL1 = "a": expected a number`},
		"logical":       {table("Ta", "TFIELDS = 1", "TFORM1  = '2L'", "TTYPE1  = 'ok'"), `HDU 1: column 1 "ok": row 1: element 1 is the byte 0x61, expected T, F or 0`},
		"uint64":        {table("\x01aaaaaaa", "TFIELDS = 1", "TFORM1  = 'K'", "TZERO1  = 9223372036854775808"), "expected an integer below 2^63"},
		"overflow":      {table("\x7faaaaaaa", "TFIELDS = 1", "TFORM1  = 'K'", "TZERO1  = 1152921504606846976"), "expected an integer within ±2^63"},
		"null":          {table("\x07", "TFIELDS = 1", "TFORM1  = 'B'", "TNULL1  = 7"), "row 1: element 0 is null, expected an integer"},
		"rows of none":  {append(empty(), file("", "XTENSION= 'BINTABLE'", "BITPIX  = 8", "NAXIS   = 2", "NAXIS1  = 0", "NAXIS2  = "+huge, "TFIELDS = 1", "TFORM1  = '0A'")...), "rows of 0 bytes"},
		"empty but big": {primary("", "BITPIX  = 8", "NAXIS   = 2", "NAXIS1  = "+huge, "NAXIS2  = 0"), ""},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := readAll(t.Context(), c.file)
		runtime.ReadMemStats(&after)
		if err == nil && c.want != "" || err != nil && (c.want == "" || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: error\n%v\nexpected\n%s", name, err, c.want)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 1<<20 {
			t.Errorf("%s: %d bytes of memory for a file of %d", name, used, len(c.file))
		}
	}
}

// A missing padding, zeros after the last HDU, and a table of no rows are read.
func TestHarmlessFiles(t *testing.T) {
	image := primary("\x00\x01\x02", "BITPIX  = 8", "NAXIS   = 1", "NAXIS1  = 3")
	for name, file := range map[string][]byte{
		"no padding":         image[:2883],
		"short header":       empty()[:320],
		"zeros":              append(image, make([]byte, 3000)...),
		"few zeros":          append(empty(), 0, 0, 0),
		"blanks":             append(empty(), strings.Repeat(" ", 2880)...),
		"TDIM too large":     table("ab", "TFIELDS = 1", "TFORM1  = '2B'", "TDIM1   = '(999999999,999999999,999999999)'"),
		"TDIM of no meaning": table("ab", "TFIELDS = 1", "TFORM1  = '2A'", "TDIM1   = '(a'"),
	} {
		if err := readAll(t.Context(), file); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := readAll(t.Context(), image[:2882]); err == nil || !strings.Contains(err.Error(), ": 1 bytes are missing") {
		t.Error(err)
	}
}
