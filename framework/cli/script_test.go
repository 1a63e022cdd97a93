package cli_test

import (
	"archive/zip"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"sedlab/catalog"
	"sedlab/framework/cache"
	"sedlab/framework/cli"
	"sedlab/internal/disk"
	"sedlab/internal/disk/disktest"
)

// asProgram is the environment variable that makes the test binary the program.
const asProgram = "SEDLAB_TEST_AS_PROGRAM"

// slowDisk is the environment variable that makes the first sync of the cache last for a minute, and
// work wait for it only a second.
const slowDisk = "SEDLAB_TEST_SLOW_DISK"

func program() {
	if os.Getenv(slowDisk) != "" {
		cli.SetWorkGrace(time.Second)
		disk.Watch(func(c disk.Change) error {
			if c.Op == disk.OpSync && strings.Contains(c.Path, "/cache/") {
				fmt.Fprintln(os.Stderr, "syncing")
				time.Sleep(time.Minute)
			}
			return disktest.Unsynced(c)
		})
	}
	os.Exit(cli.Main(catalog.Default(), os.Args[1:], os.Stdout, os.Stderr))
}

// TestMain lets scripts call the program as sedlab, and tests as themselves; neither waits for the
// disk.
func TestMain(m *testing.M) {
	disk.Watch(disktest.Unsynced)
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
	// If tests are started under nohup, commands would ignore SIGHUP too.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
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
			"code": code, "sametables": sameTables, "slowtraining": slowTraining, "archive": archive, "prepare": prepareRun, "kernel": otherKernel,
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
	c, err := cache.Open(context.Background(), 0, ts.MkAbs(args[0]))
	ts.Check(err)
	key, text, err := cache.KeyOf("slow")
	ts.Check(err)
	meta := cache.Meta{Ingredients: text, Note: map[string]string{"prior": "slow", "seconds": "7200.0"}}
	ts.Check(c.Put(cache.Priors, key, meta, func(string) error { return nil }))
	ts.Check(c.Close())
}

// archive writes an npz file with 20 spectra, each three times, and one of zeros. Further
// arguments name arrays that it gets too, group, split, fold or mask, or what is special:
// the first flux is nan, or the fluxes are huge or zeros.
func archive(ts *testscript.TestScript, _ bool, args []string) {
	const n, fluxes = 61, 8
	all := map[string]func(i int) string{
		"group": func(i int) string { return fmt.Sprintf("object%04d", i/3) },
		"split": func(i int) string { return []string{"train     ", "test      ", "validation"}[i%3] },
		"fold":  func(i int) string { return []string{"train     ", "test      "}[i/3%2] },
	}
	f, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	z := zip.NewWriter(f)
	add := func(name, descr, shape string, data []byte) {
		w, err := z.Create(name + ".npy")
		ts.Check(err)
		header := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': %s, }\n", descr, shape)
		_, err = fmt.Fprintf(w, "\x93NUMPY\x01\x00%c%c%s%s", len(header)%256, len(header)/256, header, data)
		ts.Check(err)
	}
	var spectra, wavelength []byte
	for i := range n * fluxes {
		flux := 2 + math.Sin(float64(i/fluxes/3+1)*float64(i%fluxes))
		switch {
		case i/fluxes == n-1, slices.Contains(args, "zeros"):
			flux = 0
		case slices.Contains(args, "huge"):
			flux *= 1e44
		case i == 0 && slices.Contains(args, "nan"):
			flux = math.NaN()
		}
		spectra = binary.LittleEndian.AppendUint64(spectra, math.Float64bits(flux))
	}
	for i := range fluxes {
		wavelength = binary.LittleEndian.AppendUint32(wavelength, math.Float32bits(float32(4000+100*i)))
	}
	add("spectra", "<f8", fmt.Sprintf("(%d, %d)", n, fluxes), spectra)
	add("wavelength", "<f4", fmt.Sprintf("(%d,)", fluxes), wavelength)
	if slices.Contains(args, "mask") {
		mask := make([]byte, n*fluxes)
		mask[0] = 1
		add("mask", "|b1", fmt.Sprintf("(%d, %d)", n, fluxes), mask)
	}
	for _, name := range args[1:] {
		if all[name] == nil {
			continue
		}
		var texts []byte
		for i := range n {
			texts = append(texts, strings.ReplaceAll(all[name](i), " ", "\x00")...)
		}
		add(name, "|S10", fmt.Sprintf("(%d,)", n), texts)
	}
	ts.Check(z.Close())
	ts.Check(f.Close())
}
