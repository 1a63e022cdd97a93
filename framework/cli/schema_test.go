package cli_test

import (
	"bytes"
	"os"
	"testing"

	"sedlab/catalog"
	"sedlab/framework/cli"
)

func TestReferenceIsUpToDate(t *testing.T) {
	want, err := os.ReadFile("../../docs/spec.md")
	if err != nil {
		t.Fatal(err)
	}
	var got, errs bytes.Buffer
	if code := cli.Main(catalog.Default(), []string{"schema", "--markdown"}, &got, &errs); code != 0 {
		t.Fatalf("exit code %d: %s", code, &errs)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Error("docs/spec.md is out of date: go generate ./framework/cli")
	}
}
