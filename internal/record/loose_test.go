package record_test

import (
	"bytes"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"sedlab/internal/record"
)

func TestLooseTables(t *testing.T) {
	at := time.Date(2026, 11, 26, 23, 2, 51, 722306000, time.UTC)
	rows := [][]any{
		{"=1+1", 1.5, int64(1 << 62), true, at, nil, "a", nil},
		{"a \"b\"\nc", math.NaN(), int64(2), nil, nil, nil, 1.0, []any{8.0, 8.0}},
	}
	var columns []record.Loose[[]any]
	for i, name := range []string{"text", "number", "count", "flag", "time", "nothing", "mixed", "list"} {
		columns = append(columns, record.Loose[[]any]{Name: name, Value: func(row *[]any) any { return (*row)[i] }})
	}
	var csv, table bytes.Buffer
	if err := record.EncodeCSV(t.Context(), &csv, rows, columns); err != nil {
		t.Fatal(err)
	}
	want := "text,number,count,flag,time,nothing,mixed,list\n" +
		"=1+1,1.5,4611686018427387904,true,2026-11-26T23:02:51.722306Z,,a,\n" +
		"\"a \"\"b\"\"\nc\",,2,,,,1,\"[8,8]\"\n"
	if d := cmp.Diff(want, csv.String()); d != "" {
		t.Error(d)
	}
	if err := record.EncodeLoose(t.Context(), &table, "all", rows, columns); err != nil {
		t.Fatal(err)
	}
	file, err := parquet.OpenFile(bytes.NewReader(table.Bytes()), int64(table.Len()))
	if err != nil {
		t.Fatal(err)
	}
	got := make([]parquet.Row, 2)
	if n, err := file.RowGroups()[0].Rows().ReadRows(got); n != 2 {
		t.Fatal(n, err)
	}
	micros := at.UnixMicro()
	for i, row := range [][]any{{"=1+1", 1.5, int64(1 << 62), true, micros, nil, "a", nil}, {"a \"b\"\nc", nil, int64(2), nil, nil, nil, "1", "[8,8]"}} {
		for k, v := range row {
			if want, is := parquet.ValueOf(v), got[i][k]; want.String() != is.String() || want.Kind() != is.Kind() {
				t.Errorf("row %d, %s: %v, expected %v", i, columns[k].Name, is, want)
			}
		}
	}
	if times := file.Schema().Fields()[4].Type().String(); times != "TIMESTAMP(isAdjustedToUTC=true,unit=MICROS)" {
		t.Errorf("times are %s", times)
	}
}
