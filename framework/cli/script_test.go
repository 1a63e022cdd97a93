package cli_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"sedlab/framework/cli"
)

// TestMain lets scripts call the program as sedlab.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"sedlab": func() { os.Exit(cli.Main(os.Args[1:], os.Stdout, os.Stderr)) },
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
			_, err := os.Stat("../../../shared/data/sdss-real-300.npz")
			return name == "spectra" && err == nil, nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"code": code, "sametables": sameTables},
	})
}
