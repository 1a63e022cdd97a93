package cli_test

import (
	"errors"
	"math"
	"os/exec"
	"path/filepath"
	"strconv"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/rogpeppe/go-internal/testscript"

	"sedlab/internal/record"
	"sedlab/internal/record/recordtest"
)

// code runs a command and tests its exit code: code 2 sedlab run nothing.
func code(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit code %d, expected %d", got, want)
	}
}

// sameTables tests that two runs have the same results, bit for bit: all but
// the run's name and the seconds.
func sameTables(ts *testscript.TestScript, _ bool, args []string) {
	var rows [2][]record.Signal
	for i, dir := range args {
		var err error
		rows[i], err = recordtest.Read[record.Signal](filepath.Join(ts.MkAbs(dir), "signals.parquet"))
		ts.Check(err)
		if len(rows[i]) == 0 {
			ts.Fatalf("%s has no rows", dir)
		}
	}
	same := cmp.Comparer(func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) })
	if d := cmp.Diff(rows[0], rows[1], same, cmpopts.IgnoreFields(record.Signal{}, "RunID", "Seconds")); d != "" {
		ts.Fatalf("results differ: %s", d)
	}
}
