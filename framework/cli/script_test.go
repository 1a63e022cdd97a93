package cli_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"sedlab/catalog"
	"sedlab/framework/cache"
	"sedlab/framework/cli"
)

// asProgram is the environment variable that makes the test binary the program.
const asProgram = "SEDLAB_TEST_AS_PROGRAM"

func program() { os.Exit(cli.Main(catalog.Default(), os.Args[1:], os.Stdout, os.Stderr)) }

// TestMain lets scripts call the program as sedlab, and tests as themselves.
func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		program()
	}
	testscript.Main(m, map[string]func(){
		"sedlab": program,
		"mine":   program, // a user's own, under its name
	})
}

// TestScripts runs the commands end to end, as a user would.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			shared, err := filepath.Abs("../../../shared/data")
			if err != nil {
				return err
			}
			env.Setenv("SHARED", shared)
			return nil
		},
		Condition: func(name string) (bool, error) {
			have, ok := conditions[name]
			if !ok {
				return false, fmt.Errorf("no such condition")
			}
			return have(), nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code": code, "sametables": sameTables, "slowtraining": slowTraining,
		},
	})
}

// conditions are what scripts need beyond Go.
var conditions = map[string]func() bool{
	"spectra": func() bool {
		_, err := os.Stat("../../../shared/data/sdss-real-300.npz")
		return err == nil
	},
	"readers": func() bool {
		return exec.Command("python3", "-c", "import pandas, pyarrow, polars, duckdb").Run() == nil
	},
}

// slowTraining puts a prior that took two hours to train into the cache in a folder.
func slowTraining(ts *testscript.TestScript, _ bool, args []string) {
	c, err := cache.Open(context.Background(), ts.MkAbs(args[0]))
	ts.Check(err)
	key, text, err := cache.KeyOf("slow")
	ts.Check(err)
	meta := cache.Meta{Ingredients: text, Note: map[string]string{"prior": "slow", "seconds": "7200.0"}}
	ts.Check(c.Put(cache.Priors, key, meta, func(string) error { return nil }))
	ts.Check(c.Close())
}
